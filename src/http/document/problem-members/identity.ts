import { z } from '@hono/zod-openapi';
import { STEP_UP_METHODS } from '../../../../domain/identity/step-up.ts';
import { pathTo } from '../../links.ts';
import type { IdentityErrorCode } from '../../problems/identity.ts';
import { duplicateSchema } from '../../routes/identity/patient-views.ts';
import type { MemberSchemas } from './member-schemas.ts';

export const methods = z.array(z.enum(STEP_UP_METHODS)).openapi({ description: `What ${pathTo('stepUp')} takes` });

export const IDENTITY_MEMBERS = {
  step_up_required: { methods },
  possible_duplicates: { candidates: z.array(duplicateSchema) },
} satisfies Readonly<Partial<Record<IdentityErrorCode, MemberSchemas>>>;
