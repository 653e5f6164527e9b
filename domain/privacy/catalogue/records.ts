/** What privacy itself keeps. */
import {
  byId,
  exported,
  HISTORY_TELLS,
  kept,
  SECRET,
  sealed,
  type TableFate,
  TECHNICAL,
  WHOSE,
  withheld,
} from './fates.ts';

const CLINICAL = kept(
  'the key of clinical text, and what finds it, for the clinic’s retention (GDPR Art. 17(3)(b), (c); ADR 0108)',
);

export const RECORD_TABLES = {
  emergency_accesses: {
    rows: 'deleted',
    owners: [{ column: 'patient_id' }],
    chapters: [
      byId({
        name: 'emergencyAccesses',
        title: 'Emergency accesses',
        about:
          'Each time a doctor who is not yours opened your record in an emergency, and what the clinic found of it.',
      }),
    ],
    columns: {
      id: exported('id'),
      doctor_id: exported('doctor'),
      patient_id: WHOSE,
      reason: sealed('text'),
      opened_at: exported('instant'),
      expires_at: exported('instant'),
      reviewed_at: exported('instant'),
      reviewed_by: HISTORY_TELLS,
      verdict: exported('text'),
      ended_at: exported('instant'),
      ended_by: HISTORY_TELLS,
    },
  },
  processing_limits: {
    rows: 'deleted',
    owners: [{ column: 'user_id' }],
    chapters: [
      byId({
        name: 'processingLimits',
        title: 'Limits on the use of your data',
        about: 'When the use of your record was restricted, or you objected to what is optional.',
      }),
    ],
    columns: {
      id: exported('id'),
      user_id: WHOSE,
      kind: exported('text'),
      ground: exported('text'),
      set_at: exported('instant'),
      set_by: HISTORY_TELLS,
      lifted_at: exported('instant'),
      lifted_by: HISTORY_TELLS,
    },
  },
  consents: {
    rows: 'deleted',
    owners: [{ column: 'user_id' }],
    chapters: [
      byId({
        name: 'consents',
        title: 'Your consents',
        about: 'What you agreed to or withdrew, when, and which version of the text you saw.',
      }),
    ],
    columns: {
      id: exported('id'),
      user_id: WHOSE,
      kind: exported('text'),
      version: exported('text'),
      given: exported('flag'),
      at: exported('instant'),
    },
  },
  legal_texts: {
    rows: 'impersonal',
    why: 'The clinic’s legal texts; `published_by` is the administrator who published one, kept as the proof of who did',
    columns: ['kind', 'version', 'acceptance', 'valid_from', 'texts', 'published_at', 'published_by'],
  },
  data_exports: {
    rows: 'deleted',
    owners: [{ column: 'user_id' }],
    chapters: [
      byId({
        name: 'copies',
        title: 'Copies of your data',
        about: 'Each copy that was asked for, this one included.',
      }),
    ],
    columns: {
      id: exported('id'),
      user_id: WHOSE,
      status: exported('text'),
      file_key: withheld('where the archive lies'),
      size_bytes: exported('integer'),
      requested_at: exported('instant'),
      completed_at: exported('instant'),
      fetched_at: exported('instant'),
    },
  },
  outbox: {
    rows: 'passing',
    why: 'Work to be done, with ids only; it ends with its retention (`outbox`), 30 days after it is done by default',
    columns: [
      'id',
      'topic',
      'payload',
      'not_before',
      'priority',
      'state',
      'attempts',
      'failures',
      'unended',
      'counted_on',
      'leased_until',
      'publish_leased_until',
      'rests_until',
      'trace_parent',
      'last_error',
      'created_at',
      'finished_at',
    ],
  },
  clinical_keys: {
    rows: 'kept',
    owners: [{ column: 'patient_id' }],
    columns: {
      patient_id: [WHOSE, CLINICAL],
      key_id: [SECRET, CLINICAL],
      created_at: [TECHNICAL, CLINICAL],
      name: [withheld('made when the account is erased, to find the clinical record'), CLINICAL],
      date_of_birth: [withheld('made when the account is erased, to find the clinical record'), CLINICAL],
      erased_at: [withheld('set when the account is erased'), CLINICAL],
      held_at: [withheld('the placing of a hold is in the chapter history'), CLINICAL],
      held_by: [withheld('the placing of a hold is in the chapter history'), CLINICAL],
      hold_reason: [withheld('why the clinic preserves evidence'), CLINICAL],
    },
  },
  sealed_format: {
    rows: 'impersonal',
    why: 'Which format of sealed values is written',
    columns: ['singleton', 'state'],
  },
  damaged_records: {
    rows: 'passing',
    why: 'Places of damaged values, by row id: kept so that each is reported once. They hold nothing of what was there',
    columns: ['table_name', 'column_name', 'row_id', 'kind', 'noticed_at'],
  },
  schema_migrations: {
    rows: 'impersonal',
    why: 'Migrations applied',
    columns: ['name', 'checksum', 'applied_at', 'breaks'],
  },
  tables_to_rewrite: { rows: 'impersonal', why: 'Names of tables that an upgrade still rewrites', columns: ['name'] },
} as const satisfies Readonly<Record<string, TableFate>>;
