/** The cookies of sessions that asked for them (R23). */
import type { Context as HonoContext } from 'hono';
import { deleteCookie, setCookie } from 'hono/cookie';
import type { AppEnv } from './env.ts';

export const ACCESS_COOKIE = '__Host-portal-access';
export const REFRESH_COOKIE = '__Host-portal-refresh';

const OPTIONS = { path: '/', secure: true, httpOnly: true, sameSite: 'Strict' } as const;

export function setSessionCookies(
  c: HonoContext<AppEnv>,
  tokens: { readonly accessToken: string; readonly refreshToken: string },
  lifetimes: { readonly accessSeconds: number; readonly refreshSeconds: number },
): void {
  setCookie(c, ACCESS_COOKIE, tokens.accessToken, { ...OPTIONS, maxAge: lifetimes.accessSeconds });
  setCookie(c, REFRESH_COOKIE, tokens.refreshToken, { ...OPTIONS, maxAge: lifetimes.refreshSeconds });
}

export function clearSessionCookies(c: HonoContext<AppEnv>): void {
  deleteCookie(c, ACCESS_COOKIE, OPTIONS);
  deleteCookie(c, REFRESH_COOKIE, OPTIONS);
}
