/** Turns what a decision wants recorded into complete events, with who asked, when and from where. */
import { eventDigest } from '../../domain/audit/event.ts';
import { AUDIT_CATALOG, type AuditDraft } from '../../domain/shared/audit-catalog.ts';
import type { AuditContent, AuditEntry } from '../../domain/shared/audit-entry.ts';
import { concat, toHex, utf8 } from '../../domain/shared/bytes.ts';
import type { DataKey } from '../../domain/shared/ports.ts';
import { type Context, type Deps, newId } from './context.ts';

const FIELD = 'audit_events.personal';
const SALT_BYTES = 16;

/**
 * @param dataKey whose key seals address and user agent. Default: the caller's own; for a caller who has none, a key
 *   made for this one event
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
  const content: AuditContent = {
    id,
    type: draft.type,
    category: kind.category,
    severity: kind.severity,
    action: kind.action,
    outcome: draft.outcome,
    actorKind: actor.kind,
    actorId: known?.userId ?? null,
    sessionId: actor.kind === 'user' ? actor.sessionId : null,
    requestId: context.requestId,
    resourceType: draft.resource?.type ?? null,
    resourceId: draft.resource?.id ?? null,
    phiAccessed: kind.phiAccessed,
    dataExported: kind.dataExported,
    details: draft.details ?? {},
    error: draft.error ?? null,
    personal: sealOrigin(deps, context, id, dataKey ?? known?.dataKey),
    salt: toHex(deps.random.bytes(SALT_BYTES)),
    occurredAt: new Date(context.now).toISOString(),
  };
  return { stream: draft.stream, content, digest: eventDigest(content) };
}

/** The first byte tells under which key the rest is sealed. */
const UNDER_PERSONS_KEY = 0;
const UNDER_OWN_KEY = 1;

/** `0 ‖ box`, or `1 ‖ length ‖ ring key id ‖ length ‖ wrapped key ‖ box` where there is no person's key. */
function sealOrigin(deps: Pick<Deps, 'cipher'>, context: Context, eventId: string, dataKey?: DataKey): string | null {
  if (context.ip === null && context.userAgent === null) return null;
  const origin = JSON.stringify({ ip: context.ip, userAgent: context.userAgent });
  if (dataKey !== undefined) {
    return toHex(concat(Uint8Array.of(UNDER_PERSONS_KEY), deps.cipher.seal(dataKey, FIELD, origin)));
  }
  const own = deps.cipher.newKey(eventId);
  const ringKeyId = utf8(own.ringKeyId);
  return toHex(
    concat(
      Uint8Array.of(UNDER_OWN_KEY, ringKeyId.length),
      ringKeyId,
      Uint8Array.of(own.wrapped.length),
      own.wrapped,
      deps.cipher.seal(own, FIELD, origin),
    ),
  );
}
