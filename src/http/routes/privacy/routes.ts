/** All routes of privacy. */
import type { Routes } from '../../router.ts';
import { recordAccessRoutes } from './access.ts';
import { clinicalRecordRoutes } from './clinical.ts';
import { consentRoutes } from './consents.ts';
import { exportRoutes } from './exports.ts';
import { legalRoutes } from './legal.ts';
import { mergeRoutes } from './merging.ts';
import { officerRoutes } from './officers.ts';

export const privacyRoutes: Routes = [
  ...exportRoutes,
  ...consentRoutes,
  ...legalRoutes,
  ...recordAccessRoutes,
  ...officerRoutes,
  ...clinicalRecordRoutes,
  ...mergeRoutes,
];
