import { expect, test } from 'vitest';
import {
  avatarFolder,
  DELETE_FILES,
  erasePerson,
  exportFolder,
  REWRITE_KEYS,
} from '../../../domain/privacy/erasure.ts';
import { NOW, PATIENT_ID, receiver } from './sample.ts';

const clinical = { key: receiver(PATIENT_ID).dataKey, name: 'Maria Silva', dateOfBirth: '1988-02-29' };

test.each([null, clinical])('R55 erasing a person is one change and one audit event in the person’s stream', (kept) => {
  const { changes, audit } = erasePerson(PATIENT_ID, NOW, { clinical: kept, aliases: [] });
  expect(changes).toEqual([{ type: 'user.erased', userId: PATIENT_ID, aliases: [], at: NOW, clinical: kept }]);
  expect(audit).toEqual([
    { type: 'user.erased', stream: PATIENT_ID, outcome: 'success', resource: { type: 'user', id: PATIENT_ID } },
  ]);
});

test('R55 R74 erasing a person deletes the folders of pictures and copies, and rewrites the table of keys', () => {
  expect(erasePerson(PATIENT_ID, NOW, { clinical: null, aliases: [] }).jobs).toEqual([
    { topic: DELETE_FILES, payload: { folders: '["avatars/patient","exports/patient"]' } },
    { topic: REWRITE_KEYS, payload: {} },
  ]);
  expect([avatarFolder(PATIENT_ID), exportFolder(PATIENT_ID)]).toEqual(['avatars/patient', 'exports/patient']);
});
