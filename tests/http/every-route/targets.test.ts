import { z } from '@hono/zod-openapi';
import { describe, expect, test } from 'vitest';
import { personId, targetId } from '../../../src/http/schemas.ts';
import { declaredTargets } from '../../../src/http/targets.ts';
import { OPERATIONS } from '../../support/operations.ts';

const kindsOf = (path: string, params: z.ZodObject) =>
  declaredTargets({ path, request: { params } }).path.map(({ kind }) => kind);

describe('the kinds of resource that paths lead to', () => {
  test('are declared with the id, whatever the path before it says', () => {
    const params = z.object({ id: personId('patient', 'The patient') });
    expect(kindsOf('/people/{id}/visits', params)).toEqual(['patient']);
    expect(kindsOf('/visits/of/{id}', params)).toEqual(['patient']);
    const both = params.extend({ accessId: targetId('emergency_access', 'The access'), dayId: z.string() });
    expect(kindsOf('/people/{id}/accesses/{accessId}/days/{dayId}', both)).toEqual([
      'patient',
      'emergency_access',
      'day',
    ]);
  });

  test('an id of no declared kind is refused where the operation is declared', () => {
    expect(() => kindsOf('/visits/{id}', z.object({ id: z.string() }))).toThrow('/visits/{id}: declare the kind');
  });

  test.each([
    ['acceptProxy', 'proxy'],
    ['endEmergencyAccess', 'emergency_access'],
    ['acceptOffer', 'waitlist_offer'],
    ['updateAvailability', 'doctor'],
    ['listDuplicates', 'patient'],
  ])('of %s is %s', (operationId, kind) => {
    const operation = OPERATIONS.find((each) => each.operationId === operationId);
    expect(operation && declaredTargets(operation).path).toEqual([{ name: 'id', kind }]);
  });
});
