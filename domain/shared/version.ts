/** Versions of what several people may change. */

/**
 * What a client says to have seen of a resource that it wants to change, as `If-Match` does (RFC 9110 section 13.1.1): a
 * version, one of several, or `null` for whatever is there.
 */
export type ExpectedVersion = number | readonly number[] | null;

/** The resource has changed since the client read it. */
export type StaleVersion = { readonly code: 'stale_version'; readonly version: number };

export function staleness(
  { version }: { readonly version: number },
  expected: ExpectedVersion,
): StaleVersion | undefined {
  const isExpected =
    expected === null || expected === version || (typeof expected === 'object' && expected.includes(version));
  return isExpected ? undefined : { code: 'stale_version', version };
}
