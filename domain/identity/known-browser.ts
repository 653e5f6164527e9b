/**
 * Browsers that have signed in to an account before (R65). A password from such a browser is checked however many guesses
 * others have made, from any address. The token is not a credential: it grants no access, and guesses made with it have a
 * limit of their own. It contains the time when the password was set. After the password changes, the browser is no longer
 * known and takes nothing from the limit of the browsers that know the new password.
 */
import { equalBytes, toBase64Url, utf8 } from '../shared/bytes.ts';
import type { BlindIndex } from '../shared/ports.ts';
import type { Instant } from '../shared/time.ts';

export const KNOWN_BROWSER_SECONDS = 180 * 86_400;

/** Identifies the password that the browser signed in with. */
export interface KnownBrowser {
  readonly passwordChangedAt: Instant;
}

function mark(index: BlindIndex, email: string, seconds: string, password: string): string {
  return toBase64Url(index.of('known_browsers.token', `${seconds} ${password} ${email}`));
}

/** An HMAC, so that tokens cannot be forged and nothing is stored. After the index key is replaced no browser is known. */
export function knownBrowserToken(
  index: BlindIndex,
  email: string,
  { passwordChangedAt }: KnownBrowser,
  now: Instant,
): string {
  const [seconds, password] = [String(Math.floor(now / 1000)), String(passwordChangedAt)];
  return `${seconds}.${password}.${mark(index, email, seconds, password)}`;
}

/**
 * @param email of the account that is signed in to, whether or not it exists
 * @returns `undefined` for an unknown browser. The caller compares the time with the database: the password may have changed
 */
export function knownBrowser(
  index: BlindIndex,
  token: string | undefined,
  email: string,
  now: Instant,
): KnownBrowser | undefined {
  // No mark is empty, so what has another form is refused with the marks that differ.
  const [, seconds = '', password = '', given = ''] = /^(\d{1,12})\.(\d{1,15})\.([\w-]{43})$/.exec(token ?? '') ?? [];
  const age = now - Number(seconds) * 1000;
  const isFresh = age >= 0 && age < KNOWN_BROWSER_SECONDS * 1000;
  return isFresh && equalBytes(utf8(given), utf8(mark(index, email, seconds, password)))
    ? { passwordChangedAt: Number(password) }
    : undefined;
}
