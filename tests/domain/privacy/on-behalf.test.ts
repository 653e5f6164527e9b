import { describe, expect, test } from 'vitest';
import { AUDIT_CATALOG } from '../../../domain/audit-catalog.ts';
import { type OnBehalf, onBehalfOf, REQUEST_GROUNDS, tellOnBehalf } from '../../../domain/privacy/on-behalf.ts';
import { PATIENT_ID, receiver } from './sample.ts';

const resource = { type: 'data_export', id: 'export' };
const EVENTS = [
  ['export_requested', 'privacy.export_requested_for'],
  ['export_downloaded', 'privacy.export_downloaded_for'],
  ['rectified', 'privacy.rectified_for'],
] as const satisfies readonly (readonly [OnBehalf, string])[];

describe('what an officer does for a person', () => {
  test.each(EVENTS)('R79 is recorded in the person’s stream with its ground (%s)', (what, type) => {
    for (const ground of REQUEST_GROUNDS) {
      expect(onBehalfOf(PATIENT_ID, what, resource, ground)).toEqual({
        type,
        stream: PATIENT_ID,
        outcome: 'success',
        resource,
        details: { ground },
      });
    }
  });

  test('R79 is recorded without details when the ground was recorded before', () => {
    expect(onBehalfOf(PATIENT_ID, 'export_downloaded', resource, null)).not.toHaveProperty('details');
  });

  test('R46 says to the person in words who did it', () => {
    for (const [, type] of EVENTS) expect(AUDIT_CATALOG[type].text).toContain('{actor}');
  });

  test.each(EVENTS)('R79 is told to the person by a security mail under the person’s own key (%s)', (what) => {
    expect(tellOnBehalf(receiver(PATIENT_ID), what)).toEqual({
      template: 'acted-on-behalf',
      variables: { what },
      userId: PATIENT_ID,
      dataKey: receiver(PATIENT_ID).dataKey,
    });
  });
});
