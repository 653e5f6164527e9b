/** Counts what the clinic does: from what each commit has written, in this one place. */
import type { AuditEventType } from '../../domain/audit-catalog.ts';
import type { Change } from '../../domain/changes.ts';
import type { Batch } from '../../domain/shared/database.ts';
import type { Metrics } from './metrics.ts';

/** Events of the audit log, which also tell of what has failed. */
const SIGN_INS: Partial<Record<AuditEventType, string>> = {
  'login.succeeded': 'succeeded',
  'login.failed': 'failed',
  'login.blocked': 'blocked',
  'login.unusual': 'unusual',
  'mfa.challenge_failed': 'factor_failed',
  'mfa.attempts_exhausted': 'factor_blocked',
};
const REGISTRATIONS: Partial<Record<AuditEventType, string>> = {
  'user.registered': 'person',
  'patient.registered': 'clinic',
  'user.created': 'clinic',
  'user.invited': 'clinic',
};
const REFUSALS: Partial<Record<AuditEventType, string>> = {
  'access.denied': 'access',
  'api_key.rejected': 'api_key',
  'refresh_token.rejected': 'refresh_token',
  'refresh_token.reused': 'refresh_token_reused',
};

/** @param batch what was committed */
export function countBusiness(metrics: Metrics, { changes, audit }: Pick<Batch<Change>, 'changes' | 'audit'>): void {
  for (const change of changes) countChange(metrics, change);
  for (const { content } of audit) {
    const type = content.type as AuditEventType;
    const outcome = SIGN_INS[type];
    if (outcome !== undefined) metrics.count('portal_sign_ins_total', { outcome });
    const by = REGISTRATIONS[type];
    if (by !== undefined) metrics.count('portal_registrations_total', { by });
    const what = REFUSALS[type];
    if (what !== undefined) metrics.count('portal_refusals_total', { what });
  }
}

function countChange(metrics: Metrics, change: Change): void {
  if (change.type === 'appointment.booked') metrics.count('portal_bookings_total', { by: change.origin.byKind });
  if (change.type === 'appointment.rescheduled')
    metrics.count('portal_reschedulings_total', { by: change.origin.byKind });
  if (change.type === 'appointment.cancelled')
    metrics.count('portal_cancellations_total', { by: change.origin.byKind });
  if (change.type === 'appointment.status_changed' && change.appointment.status === 'no_show')
    metrics.count('portal_no_shows_total', {});
}
