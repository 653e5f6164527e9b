/** The cookies of sessions that asked for them (R23). */
import type { Context as HonoContext } from 'hono';
import { deleteCookie, setCookie } from 'hono/cookie';
import type { AppEnv } from './env.ts';

export const ACCESS_COOKIE = '__Host-portal-access';
export const REFRESH_COOKIE = '__Host-portal-refresh';
/** Holds the token of a trusted device, which outlives the session. */
export const DEVICE_COOKIE = '__Host-portal-device';

const OPTIONS = { path: '/', secure: true, httpOnly: true, sameSite: 'Strict' } as const;

export function setSessionCookies(
  c: HonoContext<AppEnv>,
  tokens: { readonly accessToken: string; readonly refreshToken: string },
  lifetimes: { readonly accessSeconds: number; readonly refreshSeconds: number },
): void {
  setCookie(c, ACCESS_COOKIE, tokens.accessToken, { ...OPTIONS, maxAge: lifetimes.accessSeconds });
  setCookie(c, REFRESH_COOKIE, tokens.refreshToken, { ...OPTIONS, maxAge: lifetimes.refreshSeconds });
}

/** A fresh access token for the same session. */
export function setAccessCookie(c: HonoContext<AppEnv>, accessToken: string, maxAge: number): void {
  setCookie(c, ACCESS_COOKIE, accessToken, { ...OPTIONS, maxAge });
}

export function clearSessionCookies(c: HonoContext<AppEnv>): void {
  deleteCookie(c, ACCESS_COOKIE, OPTIONS);
  deleteCookie(c, REFRESH_COOKIE, OPTIONS);
}

export function setDeviceCookie(c: HonoContext<AppEnv>, token: string, maxAge: number): void {
  setCookie(c, DEVICE_COOKIE, token, { ...OPTIONS, maxAge });
}
