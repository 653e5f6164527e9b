/** All routes of the audit log. */
import type { Routes } from '../../router.ts';
import { auditDisclosureRoutes } from './disclosures.ts';
import { auditEventRoutes } from './events.ts';
import { auditLogRoutes } from './log.ts';
import { auditOriginRoutes } from './origins.ts';
import { auditProofRoutes } from './proofs.ts';
import { auditVerificationRoutes } from './verifications.ts';

export const auditRoutes: Routes = [
  ...auditEventRoutes,
  ...auditProofRoutes,
  ...auditDisclosureRoutes,
  ...auditLogRoutes,
  ...auditOriginRoutes,
  ...auditVerificationRoutes,
];
