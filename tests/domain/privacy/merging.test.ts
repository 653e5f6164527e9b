/** Merging two records of one patient: what stands in the way, and what becomes of each table. */
import { describe, expect, test } from 'vitest';
import { ENDED_TABLES, MERGE_FATES, MOVING_TABLES } from '../../../domain/privacy/catalogue/merging.ts';
import { PERSONAL_TABLES } from '../../../domain/privacy/catalogue/tables.ts';
import {
  FINISH_MERGE,
  MERGE_ROWS,
  type MergeParty,
  type MergeState,
  type MovedRow,
  mergePatients,
  previewMerge,
  UNDO_MERGE_MS,
  unmergePatients,
} from '../../../domain/privacy/merge.ts';
import { fieldsToEmpty, fieldsToFill } from '../../../domain/privacy/merged-profile.ts';
import type { Overlap } from '../../../domain/privacy/overlaps.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { SEALED_TABLES, type SealedTable } from '../../../domain/shared/sealed-columns.ts';
import { NOW, PATIENT_ID, receiver } from './sample.ts';

const ALIAS = 'alias' as UserId;
const clinicalKey = receiver('clinical' as UserId).dataKey;

function party(id: UserId, more: Partial<MergeParty> = {}): MergeParty {
  const { dataKey } = receiver(id);
  return {
    id,
    status: 'no_account',
    version: 3,
    dataKey,
    profile: { dateOfBirth: null, phoneNumber: null, address: null },
    mailbox: null,
    wasDoctor: false,
    isRestricted: false,
    hasLegalHold: false,
    ...more,
  };
}

const noted: MovedRow = {
  table: 'appointments',
  id: 'a',
  columns: ['patient_id'],
  boxes: [{ column: 'notes', stored: new Uint8Array(29), text: 'Bronchitis', clinical: true }],
};

const overlap = (endsAt: number): Overlap => ({
  survivorAppointmentId: 'a' as never,
  aliasAppointmentId: 'b' as never,
  endsAt,
});

const state = (more: Partial<MergeState> = {}): MergeState => ({
  survivor: party(PATIENT_ID),
  alias: party(ALIAS),
  overlaps: [],
  areProxies: false,
  rows: [],
  aliasSessions: [],
  aliasApiKeys: [],
  ...more,
});

const how = {
  id: 'm' as never,
  by: 'staff' as UserId,
  endsAccount: false,
  acknowledged: [],
  clinicalKey,
  messageKey: clinicalKey,
  now: NOW,
};
const obstaclesOf = (given: MergeState, endsAccount = false) => {
  const merged = mergePatients(given, { ...how, endsAccount });
  return merged.ok ? [] : merged.error.obstacles;
};

describe('merging', () => {
  test('is one change, one event in each stream, the end of credentials, and a job when it becomes final', () => {
    const merged = mergePatients(state(), how);
    expect(merged).toMatchObject({
      ok: true,
      value: {
        value: {
          merge: { survivorId: PATIENT_ID, aliasId: ALIAS, aliasStatus: 'no_account', undoUntil: NOW + UNDO_MERGE_MS },
          moves: [],
        },
        changes: [
          { type: 'patient.merged', survivorVersion: 3, aliasVersion: 3 },
          { type: 'credentials.revoked', userId: ALIAS, action: 'account_closed' },
        ],
        audit: [
          { type: 'patient.merged', stream: PATIENT_ID },
          { type: 'patient.merged', stream: ALIAS },
        ],
        jobs: [{ topic: FINISH_MERGE, payload: { mergeId: 'm' }, notBefore: NOW + UNDO_MERGE_MS }],
      },
    });
  });

  test('makes a clinical key for the first clinical text, and uses the one there is', () => {
    const first = mergePatients(state({ rows: [noted] }), how);
    expect(first.ok && first.value.changes[0]).toMatchObject({ type: 'clinical_key.created', patientId: PATIENT_ID });
    const { dataKey } = receiver(PATIENT_ID);
    const survivor = party(PATIENT_ID, { dataKey: { ...dataKey, clinical: clinicalKey } });
    const next = mergePatients(state({ rows: [noted], survivor }), how);
    expect(next.ok && next.value.changes[0]).toMatchObject({ type: 'patient.merged', key: { clinical: clinicalKey } });
  });

  test('decides what a preview has said', () => {
    const series = { table: 'appointment_series', id: 's', columns: ['patient_id'], boxes: [] };
    const survivor = party(PATIENT_ID, { profile: { ...party(PATIENT_ID).profile, phoneNumber: null } });
    for (const given of [
      state({ rows: [noted, series, { ...noted, id: 'b' }], survivor }),
      state({ overlaps: [overlap(NOW), overlap(NOW + 1)], areProxies: true }),
    ]) {
      const { obstacles, overlaps, filled, moves } = previewMerge(given, how);
      const merged = mergePatients(given, how);
      expect(merged).toMatchObject(
        obstacles.length === 0
          ? { ok: true, value: { value: { merge: { filled }, moves } } }
          : { ok: false, error: { obstacles, overlaps } },
      );
    }
    expect(previewMerge(state({ rows: [noted, series, { ...noted, id: 'b' }] }), how).moves).toEqual([
      { kind: 'appointment_series', count: 1 },
      { kind: 'appointments', count: 2 },
    ]);
  });

  test.each([
    ['same_record', { alias: party(PATIENT_ID) }],
    ['was_doctor', { alias: party(ALIAS, { wasDoctor: true }) }],
    ['was_doctor', { survivor: party(PATIENT_ID, { wasDoctor: true }) }],
    ['processing_restricted', { alias: party(ALIAS, { isRestricted: true }) }],
    ['legal_hold', { survivor: party(PATIENT_ID, { hasLegalHold: true }) }],
    ['proxies_of_each_other', { areProxies: true }],
    ['overlapping_appointments', { overlaps: [overlap(NOW + 1)] }],
    ['past_overlaps', { overlaps: [overlap(NOW)] }],
    ['too_many_rows', { rows: Array.from({ length: MERGE_ROWS + 1 }, () => noted) }],
  ] satisfies [string, Partial<MergeState>][])('is refused for %s', (obstacle, more) => {
    expect(obstaclesOf(state(more))).toEqual([obstacle]);
  });

  test.each([
    ['no_account', 'no_account', false, []],
    ['active', 'no_account', false, []],
    ['active', 'invited', false, ['alias_has_account']],
    ['active', 'active', false, ['alias_has_account']],
    ['active', 'active', true, []],
    ['no_account', 'active', false, ['alias_has_account', 'survivor_without_account']],
    ['no_account', 'active', true, ['survivor_without_account']],
    ['invited', 'active', true, ['survivor_without_account']],
    ['no_account', 'invited', true, []],
  ] as const)('survivor %s, alias %s, account ends: %s → %j', (survivor, alias, endsAccount, expected) => {
    const given = state({ survivor: party(PATIENT_ID, { status: survivor }), alias: party(ALIAS, { status: alias }) });
    expect(obstaclesOf(given, endsAccount)).toEqual(expected);
  });

  test('marks what the clinic confirms was entered twice, and asks for what has not ended', () => {
    const [past, coming] = [overlap(NOW), overlap(NOW + 1)];
    const confirmed = { ...how, acknowledged: ['past_overlaps'] as const };
    expect(mergePatients(state({ overlaps: [past, past] }), confirmed)).toMatchObject({
      ok: true,
      value: { value: { merge: { doubled: ['b'] } } },
    });
    expect(mergePatients(state({ overlaps: [past, coming] }), confirmed)).toEqual({
      ok: false,
      error: {
        code: 'merge_not_possible',
        obstacles: ['overlapping_appointments'],
        overlaps: [
          { survivorAppointmentId: 'a', aliasAppointmentId: 'b', isPast: false },
          { survivorAppointmentId: 'a', aliasAppointmentId: 'b', isPast: true },
        ],
      },
    });
  });

  test('is undone once, before a day has passed', () => {
    const merged = mergePatients(state(), how);
    if (!merged.ok) throw new Error('refused');
    const { merge } = merged.value.value;
    const [survivor, alias] = [party(PATIENT_ID), party(ALIAS)];
    const undo = (now: number, given = merge) =>
      unmergePatients({ merge: given, survivor, alias, rows: [] }, { ...how, now });
    const last = undo(merge.undoUntil - 1);
    expect(last).toMatchObject({ ok: true, value: { audit: [{ stream: PATIENT_ID }, { stream: ALIAS }] } });
    expect(undo(merge.undoUntil)).toMatchObject({ error: { code: 'merge_final' } });
    expect(undo(NOW, { ...merge, undone: { by: how.by, at: NOW } })).toMatchObject({ error: { code: 'merge_undone' } });
  });
});

describe('the profile', () => {
  const known = { dateOfBirth: '1951-08-30', phoneNumber: '+4943155501', address: '{"city":"Kiel"}' };

  test('is filled where the survivor has nothing and the alias something that can be read', () => {
    const survivor = { dateOfBirth: null, phoneNumber: undefined, address: null };
    expect(fieldsToFill(survivor, { ...known, address: undefined })).toEqual([
      { field: 'dateOfBirth', text: '1951-08-30' },
    ]);
    expect(fieldsToFill(known, { ...known, phoneNumber: '+1' })).toEqual([]);
  });

  test('is emptied of what still is as the merge filled it', () => {
    const now = { ...known, phoneNumber: '+1', address: undefined };
    expect(fieldsToEmpty(['dateOfBirth', 'phoneNumber', 'address'], now, known)).toEqual(['dateOfBirth']);
    expect(fieldsToEmpty([], known, known)).toEqual([]);
    expect(fieldsToEmpty(['address'], now, { ...known, address: undefined })).toEqual([]);
  });
});

describe('the fates of tables', () => {
  test('every table of a person has one, and no other has', () => {
    expect(Object.keys(MERGE_FATES).toSorted()).toEqual(PERSONAL_TABLES.map(([table]) => table).toSorted());
  });

  test('the rows that end, and those that are kept for undoing, are deleted when the merge becomes final', () => {
    expect(ENDED_TABLES).toEqual(expect.arrayContaining(['sessions', 'person_search', 'mfa_backup_codes']));
    for (const table of ['appointments', 'proxies', 'audit_events', 'doctors', 'deliveries'])
      expect(ENDED_TABLES).not.toContain(table);
  });

  test('a table whose rows move says so of each column by which its rows are a person’s', () => {
    const wrong = PERSONAL_TABLES.flatMap(([table, { owners }]) => {
      const fate = MERGE_FATES[table as keyof typeof MERGE_FATES];
      if (fate.fate !== 'moves' || table === 'users') return [];
      return owners.flatMap((owner) =>
        'in' in owner || fate.columns[owner.column] === 'moves' ? [] : [`${table}.${owner.column}`],
      );
    });
    expect(wrong).toEqual([]);
  });

  test('what is sealed in rows that move is sealed under the key of a column that moves', () => {
    const wrong = MOVING_TABLES.filter(
      ({ table }) => table in SEALED_TABLES && !['users', 'notifications'].includes(table),
    ).filter(({ table, columns }) => !columns.includes(SEALED_TABLES[table as SealedTable].owner));
    expect(wrong).toEqual([]);
  });
});
