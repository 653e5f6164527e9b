/** The cookies of sessions that use cookies (R23). */
import type { Context as HonoContext } from 'hono';
import { deleteCookie, setCookie } from 'hono/cookie';
import { KNOWN_BROWSER_SECONDS } from '../../domain/identity/known-browser.ts';
import type { AppEnv } from './env.ts';

export const ACCESS_COOKIE = '__Host-portal-access';
export const REFRESH_COOKIE = '__Host-portal-refresh';
/** Identifies this browser during a session, because two of its tabs may refresh at once (R20). */
export const BROWSER_COOKIE = '__Host-portal-browser';
/** Marks a browser that has signed in before. It gives no access. */
export const KNOWN_BROWSER_COOKIE = '__Host-portal-known';
/** The token of a trusted device. It outlives the session. */
export const DEVICE_COOKIE = '__Host-portal-device';

const OPTIONS = { path: '/', secure: true, httpOnly: true, sameSite: 'Strict' } as const;

/** Without a lifetime the browser deletes the cookie when it is closed. */
function lasting(remembered: boolean, maxAge: number) {
  return remembered ? { ...OPTIONS, maxAge } : OPTIONS;
}

export function setSessionCookies(
  c: HonoContext<AppEnv>,
  tokens: {
    readonly accessToken: string;
    readonly refreshToken: string;
    /** Set at sign-in; a refresh leaves the cookie unchanged. */
    readonly browserToken?: string | null;
    readonly remembered: boolean;
  },
  lifetimes: { readonly accessSeconds: number; readonly refreshSeconds: number },
): void {
  const { remembered, browserToken } = tokens;
  const session = lasting(remembered, lifetimes.refreshSeconds);
  setCookie(c, ACCESS_COOKIE, tokens.accessToken, lasting(remembered, lifetimes.accessSeconds));
  setCookie(c, REFRESH_COOKIE, tokens.refreshToken, session);
  if (browserToken != null) setCookie(c, BROWSER_COOKIE, browserToken, session);
}

/** Sets a new access token of the same session. */
export function setAccessCookie(
  c: HonoContext<AppEnv>,
  accessToken: string,
  remembered: boolean,
  maxAge: number,
): void {
  setCookie(c, ACCESS_COOKIE, accessToken, lasting(remembered, maxAge));
}

/** Deletes the session cookies and the browser's stored data of the portal. */
export function clearSession(c: HonoContext<AppEnv>): void {
  deleteCookie(c, ACCESS_COOKIE, OPTIONS);
  deleteCookie(c, REFRESH_COOKIE, OPTIONS);
  deleteCookie(c, BROWSER_COOKIE, OPTIONS);
  // Not "cookies", because the trust in this device outlives the session.
  c.header('Clear-Site-Data', '"cache", "storage"');
}

/**
 * Marks the browser as one that has signed in to the account, so that guesses of strangers do not lock it out (R65).
 * Outlives the session.
 */
export function setKnownBrowserCookie(c: HonoContext<AppEnv>, token: string): void {
  setCookie(c, KNOWN_BROWSER_COOKIE, token, { ...OPTIONS, maxAge: KNOWN_BROWSER_SECONDS });
}

export function setDeviceCookie(c: HonoContext<AppEnv>, token: string, maxAge: number): void {
  setCookie(c, DEVICE_COOKIE, token, { ...OPTIONS, maxAge });
}
