/**
 * Browsers that have signed in to an account before (R65). A right password from one of them is looked at whatever strangers
 * have guessed, from whatever address. The token is no credential: it opens nothing, and guesses made with it have a limit
 * of their own. It names the password it was made under, by when that was set: once there is another, the browser is a stranger,
 * and uses up nothing of those that are known since.
 */
import { equalBytes, toBase64Url, utf8 } from '../shared/bytes.ts';
import type { BlindIndex } from '../shared/ports.ts';
import type { Instant } from '../shared/time.ts';

export const KNOWN_BROWSER_SECONDS = 180 * 86_400;

/** What a browser has shown: which password it knew. */
export interface KnownBrowser {
  readonly passwordChangedAt: Instant;
}

function mark(index: BlindIndex, email: string, seconds: string, password: string): string {
  return toBase64Url(index.of('known_browsers.token', `${seconds} ${password} ${email}`));
}

/** Keyed, so that nobody can make one up; nothing is stored. After the index key is replaced browsers are strangers again. */
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
 * @returns `undefined` for a stranger. Whether the account still has that password says the database
 */
export function knownBrowser(
  index: BlindIndex,
  token: string | undefined,
  email: string,
  now: Instant,
): KnownBrowser | undefined {
  const [, seconds, password, given] = /^(\d{1,12})\.(\d{1,15})\.([\w-]{43})$/.exec(token ?? '') ?? [];
  if (seconds === undefined || password === undefined || given === undefined) return undefined;
  const age = now - Number(seconds) * 1000;
  const isFresh = age >= 0 && age < KNOWN_BROWSER_SECONDS * 1000;
  return isFresh && equalBytes(utf8(given), utf8(mark(index, email, seconds, password)))
    ? { passwordChangedAt: Number(password) }
    : undefined;
}
