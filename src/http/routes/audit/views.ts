/** Audit events as clients see them. */
import { z } from '@hono/zod-openapi';
import { actorInWords } from '../../../../domain/audit/own-history.ts';
import type { HistoryEvent, ShownEvent, StoredEvent } from '../../../../domain/audit/ports.ts';
import { eventInWords } from '../../../../domain/audit-catalog.ts';
import { toHex } from '../../../../domain/shared/bytes.ts';
import type { UserId } from '../../../../domain/shared/ids.ts';
import type { EventProof } from '../../../app/audit/read.ts';
import { linkTo } from '../../links.ts';
import { links } from '../../schemas.ts';
import {
  SAMPLE_ID,
  shownAddress,
  shownCode,
  shownFullName,
  shownHash,
  shownId,
  shownInstant,
  shownNote,
  shownText,
} from '../../shown.ts';

const scalar = z.union([shownText(4000, 'password'), z.number(), z.boolean(), z.null()]);
const outcome = z.enum(['success', 'failure', 'partial']);

export const eventSchema = z
  .object({
    id: shownId,
    stream: shownText(64, SAMPLE_ID).openapi({
      description:
        'The person concerned, or one of the streams of the portal: `system/0` to `system/15`, and `system` for events of before',
    }),
    sequence: z.int(),
    userId: shownId.nullable().openapi({ description: 'Who acted' }),
    userName: shownFullName('Chidi Okafor').nullable(),
    actorKind: shownCode('user'),
    eventType: shownCode('appointment.read'),
    eventCategory: z.enum(['auth', 'data_access', 'data_modification', 'admin']),
    severity: z.enum(['low', 'medium', 'high', 'critical']),
    action: shownCode('read'),
    outcome,
    resourceType: shownCode('appointment').nullable(),
    resourceId: shownText(255, SAMPLE_ID).nullable(),
    requestId: shownText(128, SAMPLE_ID),
    sessionId: shownId.nullable(),
    ip: shownAddress.nullable().openapi({ description: 'Null as well when the person was erased' }),
    userAgent: shownText(512, 'Mozilla/5.0').nullable(),
    details: z.record(z.string(), scalar),
    error: shownText(1000, 'invalid_credentials').nullable(),
    phiAccessed: z.boolean(),
    dataExported: z.boolean(),
    timestamp: shownInstant,
    previousHash: shownHash('Of the event before it in its stream'),
    currentHash: shownHash('Of this event; its leaf in the log'),
    leafIndex: z.int().nullable().openapi({ description: 'Its place in the log; null until it is sealed' }),
    _links: links,
  })
  .openapi('AuditEvent');

export function eventView(event: ShownEvent): z.infer<typeof eventSchema> {
  const { content } = event;
  return {
    id: content.id,
    stream: event.stream,
    sequence: event.sequence,
    userId: content.actorId,
    userName: event.actorName,
    actorKind: content.actorKind,
    eventType: content.type,
    eventCategory: content.category,
    severity: content.severity,
    action: content.action,
    outcome: content.outcome,
    resourceType: content.resourceType,
    resourceId: content.resourceId,
    requestId: content.requestId,
    sessionId: content.sessionId,
    ip: event.origin?.ip ?? null,
    userAgent: event.origin?.userAgent ?? null,
    details: content.details,
    error: content.error,
    phiAccessed: content.phiAccessed,
    dataExported: content.dataExported,
    timestamp: content.occurredAt,
    previousHash: toHex(event.previousHash),
    currentHash: toHex(event.currentHash),
    leafIndex: event.leafIndex,
    _links: {
      self: linkTo('getAuditEvent', { id: content.id }),
      proof: linkTo('getInclusionProof', { id: content.id }),
    },
  };
}

export const ownEventSchema = z
  .object({
    id: shownId,
    timestamp: shownInstant,
    who: shownText(300, 'Chidi Okafor'),
    what: shownText(1000, 'Your appointment was seen by Chidi Okafor.'),
    eventType: shownCode('appointment.read'),
    outcome,
    phiAccessed: z.boolean().openapi({ description: 'Whether medical data was seen or written' }),
    resourceType: shownCode('appointment').nullable(),
    resourceId: shownText(255, SAMPLE_ID).nullable(),
    patient: z
      .object({
        id: shownId,
        name: shownFullName('Maria Silva').nullable().openapi({
          description: 'Null when you no longer act for the patient, or the account is closed',
        }),
      })
      .nullable()
      .openapi({ description: 'Whose record it is, if you acted for somebody else' }),
    leafIndex: z.int().nullable(),
    _links: links,
  })
  .openapi('OwnAuditEvent');

export function ownEventView(event: HistoryEvent, reader: UserId): z.infer<typeof ownEventSchema> {
  const { content } = event;
  return {
    id: content.id,
    timestamp: content.occurredAt,
    who: actorInWords(event, reader),
    what: eventInWords(event, reader),
    eventType: content.type,
    outcome: content.outcome,
    phiAccessed: content.phiAccessed,
    resourceType: content.resourceType,
    resourceId: content.resourceId,
    patient: event.patient,
    leafIndex: event.leafIndex,
    // Proofs are for the person whose record it is.
    _links: event.patient === null ? { proof: linkTo('getInclusionProof', { id: content.id }) } : {},
  };
}

export const proofSchema = z
  .object({
    event: z.object({
      content: z
        .record(z.string(), z.unknown())
        .openapi({ description: 'What is hashed, in RFC 8785 form, to the digest of the event' }),
      stream: shownText(64, SAMPLE_ID),
      sequence: z.int(),
      previousHash: shownHash('Of the event before it in its stream'),
      currentHash: shownHash('Of `0x00 ‖ previousHash ‖ int64(sequence) ‖ digest`: the leaf hash of RFC 6962'),
    }),
    inclusion: z
      .object({
        leafIndex: z.int(),
        size: z.int(),
        rootHash: shownHash('The root that the checkpoint signs'),
        proof: z.array(shownHash('A node')).openapi({ description: 'RFC 6962 section 2.1.1, from the leaf up' }),
        checkpoint: shownNote,
      })
      .nullable()
      .openapi({ description: 'Null until the event is sealed, within a minute or so' }),
  })
  .openapi('AuditProof');

export function proofView({ event, inclusion }: EventProof): z.infer<typeof proofSchema> {
  return {
    event: { ...eventPlace(event), content: { ...event.content } },
    inclusion:
      inclusion === null
        ? null
        : {
            leafIndex: inclusion.leafIndex,
            size: inclusion.size,
            rootHash: toHex(inclusion.root),
            proof: inclusion.proof.map((node) => toHex(node)),
            checkpoint: inclusion.checkpoint,
          },
  };
}

function eventPlace({ stream, sequence, previousHash, currentHash }: StoredEvent) {
  return { stream, sequence, previousHash: toHex(previousHash), currentHash: toHex(currentHash) };
}
