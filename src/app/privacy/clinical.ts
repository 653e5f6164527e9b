/** Clinical records that are kept after the account is erased: reading them, and legal holds on them (R76). */
import type { Change, Decision } from '../../../domain/changes.ts';
import type { ClinicalRecord, ClinicalRecordRead } from '../../../domain/privacy/ports.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { recordEvent } from '../audit.ts';
import { type Contended, execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';

/** Why a record is read. Recorded as a code, because the audit log holds no free text. */
export const CLINICAL_PURPOSES = [
  'treatment',
  'patient_request',
  'legal_claim',
  'authority_request',
  'review',
] as const;
export type ClinicalPurpose = (typeof CLINICAL_PURPOSES)[number];

type NotFound = { readonly code: 'not_found' };
type AlreadyHeld = { readonly code: 'clinical_hold_exists' };

export function listClinicalRecords(
  deps: Deps,
  context: Context,
  purpose: ClinicalPurpose,
  page: { readonly after: string | null; readonly limit: number },
): Promise<ClinicalRecord[]> {
  const entry = recordEvent(deps, context, {
    type: 'clinical_record.listed',
    stream: 'system',
    outcome: 'success',
    details: { purpose },
  });
  return deps.database.loadRecorded(deps.loads.privacy.clinicalRecordsRead(page.after, page.limit), [entry]);
}

export async function readClinicalRecord(
  deps: Deps,
  context: Context,
  patientId: UserId,
  purpose: ClinicalPurpose,
): Promise<Result<ClinicalRecordRead, NotFound>> {
  const entry = recordEvent(deps, context, {
    type: 'clinical_record.read',
    stream: patientId,
    outcome: 'success',
    resource: { type: 'user', id: patientId },
    details: { purpose },
  });
  const found = await deps.database.loadRecorded(deps.loads.privacy.clinicalRecordRead(patientId), [entry]);
  return found === undefined ? refuse({ code: 'not_found' }) : ok(found);
}

export function placeHold(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  patientId: UserId,
  reason: string,
): Promise<Result<ClinicalRecord, NotFound | AlreadyHeld | Contended>> {
  return execute(deps, context, {
    loads: [deps.loads.privacy.clinicalRecord(patientId)],
    decide: (found): Result<Decision<Change, ClinicalRecord>, NotFound | AlreadyHeld> => {
      if (found === undefined) return refuse({ code: 'not_found' });
      if (found.hold !== null) return refuse({ code: 'clinical_hold_exists' });
      const by = actor.userId;
      return ok(
        decided({
          value: { ...found, hold: { at: context.now, by, reason } },
          changes: [{ type: 'clinical_hold.placed', patientId, key: found.key, reason, by, at: context.now }],
          audit: [
            {
              type: 'clinical_hold.placed',
              stream: patientId,
              outcome: 'success',
              resource: { type: 'user', id: patientId },
            },
          ],
        }),
      );
    },
  });
}

/** Lifting a hold that does not exist changes nothing. */
export function liftHold(deps: Deps, context: Context, patientId: UserId): Promise<Result<void, NotFound | Contended>> {
  return execute(deps, context, {
    loads: [deps.loads.privacy.clinicalRecord(patientId)],
    decide: (found): Result<Decision<Change, void>, NotFound> => {
      if (found === undefined) return refuse({ code: 'not_found' });
      if (found.hold === null) return ok(decided({ value: undefined, changes: [], audit: [] }));
      return ok(
        decided({
          value: undefined,
          changes: [{ type: 'clinical_hold.lifted', patientId }],
          audit: [
            {
              type: 'clinical_hold.lifted',
              stream: patientId,
              outcome: 'success',
              resource: { type: 'user', id: patientId },
            },
          ],
        }),
      );
    },
  });
}
