/** Versions of resources that several people may change (optimistic locking). */

/**
 * The versions under which a client is willing to change a resource, as in `If-Match` (RFC 9110 section 13.1.1): one
 * version, any of several, or `null` for any version.
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
