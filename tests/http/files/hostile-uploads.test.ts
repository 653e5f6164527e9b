import { folderPlace } from '../../support/file-places.ts';
import { describeHostileUploads } from './hostile-uploads.ts';

describeHostileUploads('a folder', folderPlace);
