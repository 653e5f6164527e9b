/** Settings that hold a list of keys as JSON. */

/**
 * @param what the name of such a key in messages, such as `token key`
 * @param read returns undefined if an entry is not a key
 * @throws TypeError naming the position of the invalid entry, never its value, because settings are secret
 */
export function parseKeyList<T>(json: string, what: string, read: (entry: unknown) => T | undefined): T[] {
  const entries = parseJson(json);
  if (!Array.isArray(entries) || entries.length === 0) {
    throw new TypeError(`the ${what}s must be a JSON array with at least one entry`);
  }
  return entries.map((entry: unknown, index) => {
    const key = read(entry);
    if (key === undefined) throw new TypeError(`${what} ${index + 1} is not valid`);
    return key;
  });
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
