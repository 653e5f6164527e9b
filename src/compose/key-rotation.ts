/**
 * A new key comes in two steps, for instances of the portal do not get their settings at the same moment. First it stands
 * at the end of the ring, where every instance can open and verify with it and none uses it; once all have it, it is made
 * the first. At once, an instance with the ring before would meet what it cannot open, and refuse tokens that are good.
 */
import { generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { generateFieldKey } from '../../adapters/crypto/field-cipher.ts';
import { generateTokenKey, parseTokenKeys } from '../../adapters/crypto/token-keys.ts';

export type Ring = 'TOKEN_KEYS' | 'FIELD_KEYS' | 'INDEX_KEY';

/** An entry of either ring. Those who read rings do not look at `next`: it says that the key waits to be the first. */
interface Entry {
  readonly id?: string;
  readonly key?: string;
  readonly next?: true;
}

/** An index key alone is a ring of one. */
const entriesOf = (ring: string): readonly Entry[] =>
  ring.startsWith('[') ? (JSON.parse(ring) as readonly Entry[]) : [{ key: ring }];

/** Whether a new key stands in the ring and waits. */
export function isPublished(ring: string): boolean {
  return entriesOf(ring).some(({ next }) => next === true);
}

/** The ring with a new key at its end. */
export async function publishKey(name: Ring, ring: string): Promise<string> {
  const entries = entriesOf(ring);
  return JSON.stringify([...entries, { ...(await freshKey(name, entries)), next: true }]);
}

/**
 * The ring with the new key in front. Of the token keys the one before goes on verifying what it signed, without its
 * private part; all field keys stay, for what they wrap must still be opened, and all
 * index keys, for what was stored under them must still be found.
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

/** The current key alone, once nothing is stored under a former one. @returns undefined when it is alone already */
export function onlyIndexKey(ring: string): string | undefined {
  const [current, ...former] = entriesOf(ring);
  return former.length === 0 ? undefined : current?.key;
}

/** The ids of the keys that only unwrap, and wait for nothing: what {@link retireKeys} takes out. */
export function retirableKeys(ring: string): string[] {
  return entriesOf(ring)
    .slice(1)
    .flatMap(({ id, next }) => (id === undefined || next === true ? [] : [id]));
}

/** The ring without the field keys of before. Whatever only they can unwrap is lost from then on: that is the purpose. */
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
