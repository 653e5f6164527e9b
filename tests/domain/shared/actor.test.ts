import { describe, expect, test } from 'vitest';
import { isAllowed } from '../../../domain/shared/actor.ts';
import { PERMISSIONS, permissionsOf, ROLES } from '../../../domain/shared/permissions.ts';
import { sampleApiKeyActor, sampleUserActor } from './sample-actors.ts';

describe('what an actor may do', () => {
  test.each(ROLES)('R28 a signed-in %s has exactly the permissions of the role', (role) => {
    const actor = sampleUserActor(role);
    expect(PERMISSIONS.filter((permission) => isAllowed(actor, permission)).toSorted()).toEqual(
      permissionsOf(role).toSorted(),
    );
  });

  test.each(ROLES)('an API key of a %s has the scopes that the role has too, and no others', (role) => {
    for (const scope of PERMISSIONS) {
      const actor = sampleApiKeyActor(role, [scope]);
      const allowed = PERMISSIONS.filter((permission) => isAllowed(actor, permission));
      expect(allowed).toEqual(permissionsOf(role).includes(scope) ? [scope] : []);
    }
    expect(PERMISSIONS.some((permission) => isAllowed(sampleApiKeyActor(role, []), permission))).toBe(false);
  });

  test('nobody else is allowed anything by a permission', () => {
    for (const permission of PERMISSIONS) {
      expect(isAllowed({ kind: 'anonymous' }, permission)).toBe(false);
      expect(isAllowed({ kind: 'system' }, permission)).toBe(false);
    }
  });
});
