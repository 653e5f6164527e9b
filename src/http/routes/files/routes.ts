/** All routes of files. */
import type { Routes } from '../../router.ts';
import { accessRoutes } from './accesses.ts';
import { directRoutes } from './direct.ts';
import { downloadRoutes } from './download.ts';
import { readingRoutes, removalRoutes } from './files.ts';
import { linkRoutes } from './links.ts';
import { quarantineRoutes } from './quarantine.ts';
import { resumableRoutes } from './resumable.ts';
import { sharedPageRoutes } from './shared-page.ts';
import { sharedRoutes, shareRoutes } from './shares.ts';
import { thumbnailRoutes } from './thumbnail.ts';
import { uploadRoutes } from './uploads.ts';

export const fileRoutes: Routes = [
  ...uploadRoutes,
  ...directRoutes,
  ...resumableRoutes,
  ...sharedRoutes,
  ...readingRoutes,
  ...downloadRoutes,
  ...linkRoutes,
  ...thumbnailRoutes,
  ...shareRoutes,
  ...sharedPageRoutes,
  ...accessRoutes,
  ...removalRoutes,
  ...quarantineRoutes,
];
