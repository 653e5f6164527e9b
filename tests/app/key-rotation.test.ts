/** Keys are rotated while instances run that do not have the new ring yet (R55). */

import { describe, expect, test } from 'vitest';
import { createAccessTokens } from '../../adapters/crypto/access-tokens.ts';
import { createFieldCipher, generateFieldKey, parseFieldKeys } from '../../adapters/crypto/field-cipher.ts';
import { createKeyRing, generateTokenKey, parseTokenKeys } from '../../adapters/crypto/token-keys.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { sealedPlaceOf } from '../../domain/shared/sealed-columns.ts';
import { systemContext } from '../../src/app/identity/first-admin.ts';
import { rewrapDataKeys } from '../../src/app/identity/rotate-keys.ts';
import { isPublished, promoteKey, publishKey, type Ring } from '../../src/compose/key-rotation.ts';
import { startPortal } from '../support/portal.ts';

const OWNER = '01900000-0000-7000-8000-0000000000a1';

async function stepsOf(name: Ring, ring: string) {
  const published = await publishKey(name, ring);
  expect([isPublished(ring), isPublished(published)]).toEqual([false, true]);
  const promoted = promoteKey(name, published);
  expect(isPublished(promoted)).toBe(false);
  return [ring, published, promoted] as const;
}

describe('two instances one step apart accept each other’s values', () => {
  test('field keys', async () => {
    const rings = await stepsOf('FIELD_KEYS', JSON.stringify([generateFieldKey('2'), generateFieldKey('1')]));
    const ciphers = rings.map((ring) => createFieldCipher({ ring: parseFieldKeys(ring) }));
    for (const [one, other] of [
      [ciphers[0], ciphers[1]],
      [ciphers[1], ciphers[2]],
    ]) {
      for (const [writer, reader] of [
        [one, other],
        [other, one],
      ]) {
        const key = writer?.newKey(OWNER);
        if (key === undefined) throw new Error('no key');
        const sealed = writer?.seal(key, sealedPlaceOf('users', 'bio', OWNER), 'hello');
        expect(reader?.open(key, sealedPlaceOf('users', 'bio', OWNER), sealed ?? null)).toEqual({
          ok: true,
          value: 'hello',
        });
      }
    }
    expect(ciphers.map((cipher) => cipher.newKey(OWNER).ringKeyId)).toEqual(['2', '2', '3']);
  });

  test('token keys', async () => {
    const rings = await stepsOf('TOKEN_KEYS', JSON.stringify([await generateTokenKey()]));
    const kids = rings.map((ring) => createKeyRing(parseTokenKeys(ring)).signer.kid);
    const known = rings.map((ring) =>
      createKeyRing(parseTokenKeys(ring))
        .publicKeys()
        .map(({ kid }) => kid),
    );
    expect(kids[1]).toBe(kids[0]);
    expect(kids[2]).not.toBe(kids[0]);
    // An instance that signs with the new key is accepted by one that only knows it, and vice versa.
    expect(known[1]).toContain(kids[2]);
    expect(known[2]).toContain(kids[1]);
    // The previous key only verifies.
    expect(JSON.parse(rings[2])[1]).not.toHaveProperty('d');
    expect(createAccessTokens({ keys: parseTokenKeys(rings[2]) })).toBeDefined();
  });
});

describe('rewrapping data keys', () => {
  test('continues past keys that cannot be opened, and names them', async () => {
    const ring = JSON.stringify([generateFieldKey('1')]);
    const portal = await startPortal({ environment: { FIELD_KEYS: ring } });
    const { cipher } = portal.deps;
    const owner = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
    const keys = Array.from({ length: 450 }, (_, n) => cipher.newKey(owner(n)));
    await portal.driver.run(
      keys.map(
        ({ ownerId, ringKeyId, wrapped }) =>
          sql`INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at)
              VALUES (${ownerId}::uuid, ${ringKeyId}, ${wrapped}::bytea, now())`,
      ),
      'write',
    );
    const broken = [owner(0), owner(210), owner(449)];
    const altered = sql`UPDATE data_keys SET wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1)
      WHERE owner_id = ANY(${broken}::uuid[])`;
    await portal.driver.run([altered], 'write');
    const next = promoteKey('FIELD_KEYS', await publishKey('FIELD_KEYS', ring));
    const deps = { ...portal.deps, cipher: createFieldCipher({ ring: parseFieldKeys(next) }) };
    expect(await rewrapDataKeys(deps, systemContext(deps))).toEqual({ wrapped: 447, unopened: broken });
    expect(await rewrapDataKeys(deps, systemContext(deps))).toEqual({ wrapped: 0, unopened: broken });
    const [audit = []] = await portal.driver.run(
      [sql`SELECT 1 FROM audit_events WHERE event_type = 'field_keys.rotated'`],
      'snapshot',
    );
    expect(audit).toHaveLength(1);
    await portal.close();
  });
});
