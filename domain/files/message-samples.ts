/** Examples of each message, for previews and tests. */
import type { Samples } from '../shared/messages.ts';
import type { FileVariables } from './messages.ts';

export const FILE_SAMPLES: Samples<FileVariables> = {
  'file-infected': [
    { receiver: 'owner' },
    { receiver: 'administrator', fileId: '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f' },
  ],
  'file-shared': [
    { by: 'patient', isOwn: false },
    { by: 'clinic', isOwn: true },
    { by: 'clinic', isOwn: false },
  ],
};
