import { describe, expect, test } from 'vitest';
import {
  LIMIT_GROUNDS,
  LIMIT_KINDS,
  liftLimit,
  type ProcessingLimit,
  setLimit,
} from '../../../domain/privacy/processing-limit.ts';
import { id, refusal, value } from '../scheduling/builders.ts';
import { NOW, OFFICER_ID, PATIENT_ID, receiver } from './sample.ts';

function limit(fields: Partial<ProcessingLimit> = {}): ProcessingLimit {
  return {
    id: id('limit'),
    userId: PATIENT_ID,
    kind: 'restriction',
    ground: 'accuracy_contested',
    setAt: NOW,
    setBy: OFFICER_ID,
    lifted: null,
    ...fields,
  };
}

const told = (kind: string, isSet: boolean) => ({
  template: 'processing-limit',
  variables: { kind, isSet },
  userId: PATIENT_ID,
  dataKey: receiver(PATIENT_ID).dataKey,
});

describe('setting a limit of processing (GDPR Art. 18 and 21)', () => {
  test('R64 a restriction revokes the credentials that hand data on, in the same decision', () => {
    expect(setLimit(limit(), receiver(PATIENT_ID)).changes).toEqual([
      { type: 'processing_limit.set', limit: limit() },
      { type: 'credentials.revoked', userId: PATIENT_ID, action: 'account_restricted', session: null, at: NOW },
    ]);
  });

  test('R64 an objection revokes nothing', () => {
    const objection = limit({ kind: 'objection', ground: 'own_situation' });
    expect(setLimit(objection, receiver(PATIENT_ID)).changes).toEqual([
      { type: 'processing_limit.set', limit: objection },
    ]);
  });

  test('each kind is recorded with its ground and told to the person', () => {
    for (const kind of LIMIT_KINDS) {
      for (const ground of LIMIT_GROUNDS) {
        const { value: set, audit, messages } = setLimit(limit({ kind, ground }), receiver(PATIENT_ID));
        expect(set).toEqual(limit({ kind, ground }));
        expect(audit).toEqual([
          {
            type: 'processing_limit.set',
            stream: PATIENT_ID,
            outcome: 'success',
            resource: { type: 'processing_limit', id: 'limit' },
            details: { kind, ground },
          },
        ]);
        expect(messages).toEqual([told(kind, true)]);
      }
    }
  });
});

describe('lifting a limit of processing', () => {
  test.each(LIMIT_KINDS)('is recorded and told to the person (%s)', (kind) => {
    const lifted = value(liftLimit(limit({ kind }), receiver(PATIENT_ID), OFFICER_ID, NOW + 1));
    expect(lifted.changes).toEqual([{ type: 'processing_limit.lifted', id: 'limit', by: OFFICER_ID, at: NOW + 1 }]);
    expect(lifted.audit).toEqual([
      {
        type: 'processing_limit.lifted',
        stream: PATIENT_ID,
        outcome: 'success',
        resource: { type: 'processing_limit', id: 'limit' },
        details: { kind },
      },
    ]);
    expect(lifted.messages).toEqual([told(kind, false)]);
  });

  test('is refused when it was lifted before', () => {
    const before = limit({ lifted: { at: NOW, by: OFFICER_ID } });
    expect(refusal(liftLimit(before, receiver(PATIENT_ID), OFFICER_ID, NOW + 1))).toEqual({ code: 'not_found' });
  });
});
