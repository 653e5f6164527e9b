/**
 * Key rotation in two steps, because the instances of the portal do not get their settings at the same moment. First
 * the new key is appended to the ring, where every instance can open and verify with it but none uses it. Once all have
 * it, it becomes the first. In one step, an instance with the old ring could not open new values and would reject valid
 * tokens.
 */
import { generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { generateFieldKey } from '../../adapters/crypto/field-cipher.ts';
import { generateTokenKey, parseTokenKeys } from '../../adapters/crypto/token-keys.ts';

export type Ring = 'TOKEN_KEYS' | 'FIELD_KEYS' | 'INDEX_KEY';

/** An entry of any ring. Readers of rings ignore `next`, which marks the key that waits to become the first. */
interface Entry {
  readonly id?: string;
  readonly key?: string;
  readonly next?: true;
}

/** A single index key is a ring of one. */
const entriesOf = (ring: string): readonly Entry[] =>
  ring.startsWith('[') ? (JSON.parse(ring) as readonly Entry[]) : [{ key: ring }];

/** Whether the ring contains a new key that waits to become the first. */
export function isPublished(ring: string): boolean {
  return entriesOf(ring).some(({ next }) => next === true);
}

/** Appends a new key to the ring. */
export async function publishKey(name: Ring, ring: string): Promise<string> {
  const entries = entriesOf(ring);
  return JSON.stringify([...entries, { ...(await freshKey(name, entries)), next: true }]);
}

/**
 * Moves the new key to the front. The previous token key continues to verify what it signed, without its private part;
 * all field keys stay, because what they wrapped must still be opened, and all index keys, because what was stored
 * under them must still be found.
 */
export function promoteKey(name: Ring, ring: string): string {
  const entries = entriesOf(ring);
  const { next: _, ...fresh } = entries.find(({ next }) => next === true) ?? {};
  const others = entries.filter(({ next }) => next !== true);
  if (name !== 'TOKEN_KEYS') return JSON.stringify([fresh, ...others]);
  const [current] = parseTokenKeys(JSON.stringify(others));
  const { d: __, ...verifier } = { d: '', ...current };
  return JSON.stringify([fresh, verifier]);
}

async function freshKey(name: Ring, entries: readonly Entry[]) {
  switch (name) {
    case 'TOKEN_KEYS':
      return generateTokenKey();
    case 'FIELD_KEYS':
      return generateFieldKey(freshId(entries));
    case 'INDEX_KEY':
      return { key: generateIndexKey() };
  }
}

/** The current key alone, for when nothing is stored under a previous one. @returns undefined if it is alone already */
export function onlyIndexKey(ring: string): string | undefined {
  const [current, ...former] = entriesOf(ring);
  return former.length === 0 ? undefined : current?.key;
}

/**
 * The ids of the keys that only unwrap, which {@link retireKeys} removes. A key that waits to become the first is not
 * one.
 */
export function retirableKeys(ring: string): string[] {
  return entriesOf(ring)
    .slice(1)
    .flatMap(({ id, next }) => (id === undefined || next === true ? [] : [id]));
}

/** Removes the previous field keys from the ring. What only they can unwrap is lost from then on, on purpose. */
export function retireKeys(ring: string): string {
  const retired = new Set(retirableKeys(ring));
  return JSON.stringify(entriesOf(ring).filter(({ id }) => id === undefined || !retired.has(id)));
}

function freshId(entries: readonly Entry[]): string {
  const ids = new Set(entries.map(({ id }) => id));
  let next = entries.length + 1;
  while (ids.has(String(next))) next += 1;
  return String(next);
}
