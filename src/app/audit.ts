/** Turns the audit drafts of a decision into complete events, with the actor, the time and the origin. */
import { eventDigest } from '../../domain/audit/event.ts';
import { streamOfEvent } from '../../domain/audit/platform-streams.ts';
import { AUDIT_CATALOG, type AuditDraft } from '../../domain/audit-catalog.ts';
import type { AuditContent, AuditEntry } from '../../domain/shared/audit-entry.ts';
import { toHex } from '../../domain/shared/bytes.ts';
import type { DataKey } from '../../domain/shared/ports.ts';
import { sealOrigin } from '../../domain/shared/sealed-origin.ts';
import { addressSubject, UNKNOWN_ADDRESS } from './address.ts';
import { type Context, type Deps, newId } from './context.ts';

const SALT_BYTES = 16;

/**
 * @param dataKey encrypts address and user agent. Default: the caller's own key, or a key made for this event if the caller
 *   has none
 */
export function recordEvent(
  deps: Pick<Deps, 'random' | 'cipher'>,
  context: Context,
  draft: AuditDraft,
  dataKey?: DataKey,
): AuditEntry {
  const { actor } = context;
  const kind = AUDIT_CATALOG[draft.type];
  const id = newId<'audit_event'>(deps, context.now);
  const known = actor.kind === 'user' || actor.kind === 'api_key' ? actor : undefined;
  const proven =
    actor.kind === 'anonymous' && kind.provesPerson && draft.outcome === 'success' ? draft.stream : 'system';
  const origin = { ip: context.ip, userAgent: context.userAgent };
  const hasOrigin = origin.ip !== null || origin.userAgent !== null;
  const content: AuditContent = {
    id,
    type: draft.type,
    category: kind.category,
    severity: kind.severity,
    action: kind.action,
    outcome: draft.outcome,
    actorKind: proven === 'system' ? actor.kind : 'user',
    actorId: known?.userId ?? (proven === 'system' ? null : proven),
    sessionId: actor.kind === 'user' ? actor.sessionId : null,
    requestId: context.requestId,
    resourceType: draft.resource?.type ?? null,
    resourceId: draft.resource?.id ?? null,
    phiAccessed: kind.phiAccessed,
    dataExported: kind.dataExported,
    details: { ...draft.details, ...claimOf(context), ...proxyOf(context, draft) },
    error: draft.error ?? null,
    personal: hasOrigin ? toHex(sealOrigin(deps.cipher, id, origin, dataKey ?? known?.dataKey)) : null,
    salt: toHex(deps.random.bytes(SALT_BYTES)),
    occurredAt: new Date(context.now).toISOString(),
  };
  const address = addressSubject(context.ip);
  const digest = eventDigest(content);
  return {
    stream: streamOfEvent(draft.stream, digest),
    content,
    digest,
    address: address === UNKNOWN_ADDRESS ? null : address,
  };
}

/** Marks the events of a request that claims access beyond its role. */
function claimOf({ actor, claim }: Context): Readonly<Record<string, string>> {
  if (actor.kind !== 'user' && actor.kind !== 'api_key') return {};
  return {
    ...(claim?.ground === undefined || actor.role !== 'admin' ? {} : { accessGround: claim.ground }),
    ...(claim?.emergencyAccessId === undefined || actor.role !== 'doctor'
      ? {}
      : { emergencyAccess: claim.emergencyAccessId }),
  };
}

/** Events of a patient's appointments, waitlist entries and files, which a proxy may cause. */
const OF_PATIENTS = /^(appointment|appointment_series|hold|waitlist|file)\./;

/**
 * Marks what a patient does for another patient. A read of appointments is recorded before it is known whose they are: it says that
 * a patient read them, and a patient reads those of another as a proxy only.
 */
function proxyOf({ actor }: Context, { type, stream }: AuditDraft): Readonly<Record<string, string>> {
  if (actor.kind !== 'user' && actor.kind !== 'api_key') return {};
  if (actor.role !== 'patient' || stream === 'system' || !OF_PATIENTS.test(type)) return {};
  if (stream !== actor.userId) return { onBehalfOf: stream };
  return AUDIT_CATALOG[type].category === 'data_access' ? { actorRole: actor.role } : {};
}
