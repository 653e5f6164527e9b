/** The audit log. */
import { byId, exported, kept, type TableFate, TECHNICAL, WHOSE, withheld } from './fates.ts';

const PROOF = kept(
  'the audit log proves who did what (GDPR Art. 5(2) and 17(3)(e)); it holds ids and codes, and a changed event would break every proof',
);
const HASH = withheld('a hash of the proof: GET /api/v1/audit/events/{id}/proof gives it');

export const AUDIT_TABLES = {
  audit_events: {
    rows: 'kept',
    owners: [{ column: 'stream', holds: 'text' }],
    chapters: [
      {
        name: 'history',
        title: 'Who saw or changed your record',
        about: 'Every event of your record, the newest first, with who did it.',
        words: ['who', 'role', 'what'],
        key: 'sequence',
        keyType: 'bigint',
      },
      byId({
        name: 'actsForOthers',
        title: 'What you did for others',
        about:
          'What you did as somebody who acts for another person, the newest first. Whose record it was is left out: it is about that person.',
        rows: { owners: [{ column: 'actor_id' }], only: 'actsByProxy' },
        columns: ['id', 'event_type', 'outcome', 'occurred_at'],
        words: ['what'],
        time: 'occurred_at',
      }),
    ],
    columns: {
      stream: [WHOSE, PROOF],
      sequence: [exported('integer'), PROOF],
      id: [exported('id'), PROOF],
      event_type: [exported('text'), PROOF],
      event_category: [exported('text'), PROOF],
      severity: [exported('text'), PROOF],
      action: [exported('text'), PROOF],
      outcome: [exported('text'), PROOF],
      actor_kind: [exported('text'), PROOF],
      actor_id: [exported('id'), PROOF],
      session_id: [withheld('a session of whoever did it'), PROOF],
      request_id: [TECHNICAL, PROOF],
      resource_type: [exported('text'), PROOF],
      resource_id: [exported('text'), PROOF],
      phi_accessed: [exported('flag'), PROOF],
      data_exported: [exported('flag'), PROOF],
      details: [exported('object'), PROOF],
      error: [exported('text'), PROOF],
      personal: [
        withheld('address and device of whoever did it; your own are in the chapter sessions'),
        { unreadable: true },
      ],
      salt: [HASH, PROOF],
      occurred_at: [exported('instant'), PROOF],
      previous_hash: [HASH, PROOF],
      current_hash: [HASH, PROOF],
    },
  },
  audit_addresses: {
    rows: 'deleted',
    owners: [{ column: 'person_id' }],
    columns: {
      event_id: TECHNICAL,
      person_id: WHOSE,
      address_index: HASH,
      occurred_at: TECHNICAL,
    },
  },
  audit_streams: {
    rows: 'kept',
    owners: [{ column: 'stream', holds: 'text' }],
    columns: { stream: [WHOSE, PROOF], sequence: [HASH, PROOF], head_hash: [HASH, PROOF] },
  },
  audit_leaves: {
    rows: 'kept',
    owners: [{ column: 'stream', holds: 'text' }],
    columns: { leaf_index: [HASH, PROOF], stream: [WHOSE, PROOF], sequence: [HASH, PROOF] },
  },
  audit_unsealed: {
    rows: 'kept',
    owners: [{ column: 'stream', holds: 'text' }],
    columns: { place: [HASH, PROOF], stream: [WHOSE, PROOF], sequence: [HASH, PROOF] },
  },
  cache_epochs: { rows: 'impersonal', why: 'Counts how often the cache was made void', columns: ['slot', 'moves'] },
  audit_log: {
    rows: 'impersonal',
    why: 'Size and root of the log',
    columns: ['only_one', 'origin', 'size', 'root', 'generation', 'stopped_at', 'stopped_by', 'stopped_checkpoint'],
  },
  audit_verifications: {
    rows: 'impersonal',
    why: 'How far verifications of the log have come and what they found, with ids of streams and events only',
    columns: ['id', 'is_scheduled', 'status', 'state', 'version', 'requested_at', 'updated_at', 'finished_at'],
  },
  audit_origins: {
    rows: 'impersonal',
    why: 'Names that the log has had, with sizes and signed roots',
    columns: ['generation', 'origin', 'former_origin', 'former_checkpoint', 'began_at_size', 'began_at'],
  },
  audit_tiles: { rows: 'impersonal', why: 'Hashes of the log', columns: ['level', 'index', 'width', 'hashes'] },
  audit_checkpoints: {
    rows: 'impersonal',
    why: 'Signed sizes and roots of the log',
    columns: ['size', 'root', 'note', 'created_at', 'published_at', 'generation', 'number'],
  },
} as const satisfies Readonly<Record<string, TableFate>>;
