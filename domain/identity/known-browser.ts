/**
 * Browsers that have signed in to an account before (R65). A right password from one of them is looked at whatever strangers
 * have guessed, from whatever address. The token is no credential: it opens nothing, and guesses made with it have a limit
 * of their own.
 */
import { equalBytes, toBase64Url, utf8 } from '../shared/bytes.ts';
import type { BlindIndex } from '../shared/ports.ts';
import type { Instant } from '../shared/time.ts';

export const KNOWN_BROWSER_SECONDS = 180 * 86_400;

function mark(index: BlindIndex, email: string, seconds: string): string {
  return toBase64Url(index.of('known_browsers.token', `${seconds} ${email}`));
}

/** Keyed, so that nobody can make one up; nothing is stored. After the index key is replaced browsers are strangers again. */
export function knownBrowserToken(index: BlindIndex, email: string, now: Instant): string {
  const seconds = String(Math.floor(now / 1000));
  return `${seconds}.${mark(index, email, seconds)}`;
}

/** @param email of the account that is signed in to, whether or not it exists */
export function isKnownBrowser(index: BlindIndex, token: string | undefined, email: string, now: Instant): boolean {
  const [, seconds, given] = /^(\d{1,12})\.([\w-]{43})$/.exec(token ?? '') ?? [];
  if (seconds === undefined || given === undefined) return false;
  const age = now - Number(seconds) * 1000;
  return age >= 0 && age < KNOWN_BROWSER_SECONDS * 1000 && equalBytes(utf8(given), utf8(mark(index, email, seconds)));
}
