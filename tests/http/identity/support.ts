/** Steps that the identity tests share. */
import { DEFAULT_BACK_OFF } from '../../../domain/identity/sign-in-throttle.ts';
import { decodeSecret, timeStep, totpCode } from '../../../domain/mfa/totp.ts';
import { LIMITS } from '../../../src/app/limits.ts';
import { PASSWORD, type Portal, type Reply } from '../../support/portal.ts';

export interface Enrolled {
  readonly email: string;
  readonly secret: string;
  readonly backupCodes: readonly string[];
  /** Of the session in which it was enrolled. */
  readonly token: string;
}

/** The code an authenticator app would show. @param steps from now, in steps of 30 s */
export function codeOf(secret: string, now: number, steps = 0): string {
  return totpCode(decodeSecret(secret), timeStep(now) + steps);
}

/** A code that is right at no accepted step. */
export function wrongCode(secret: string, now: number): string {
  const right = [-1, 0, 1].map((steps) => codeOf(secret, now, steps));
  return ['000000', '111111', '222222', '333333'].find((code) => !right.includes(code)) ?? '444444';
}

/** Enrols an authenticator app. The clock moves on afterwards, so that the next code is a fresh one. */
export async function enrol(portal: Portal, email: string): Promise<Enrolled> {
  const token = await portal.signIn(email);
  const setup = await portal.request('POST', '/api/v1/mfa/setup', { token });
  if (setup.status !== 200) throw new Error(`setup: ${setup.status} ${JSON.stringify(setup.body)}`);
  const { secret } = setup.body as { secret: string };
  const enabled = await portal.request('POST', '/api/v1/mfa/enable', {
    token,
    body: { token: codeOf(secret, portal.clock.now()) },
  });
  if (enabled.status !== 200) throw new Error(`enable: ${enabled.status} ${JSON.stringify(enabled.body)}`);
  portal.clock.advance(60);
  return { email, secret, backupCodes: enabled.body.backupCodes as string[], token };
}

export function logIn(
  portal: Portal,
  email: string,
  more: Record<string, unknown> = {},
  from?: string,
): Promise<Reply> {
  return portal.request('POST', '/api/v1/auth/login', {
    body: { email, password: PASSWORD, ...more },
    ...(from === undefined ? {} : { from }),
  });
}

/** Signs in with the password, as far as the second factor. */
export async function challenge(portal: Portal, email: string): Promise<string> {
  const { status, body } = await logIn(portal, email);
  if (status !== 200 || body.mfaRequired !== true) throw new Error(`no challenge: ${status} ${JSON.stringify(body)}`);
  return body.mfaToken as string;
}

export function verify(portal: Portal, body: Record<string, unknown>): Promise<Reply> {
  return portal.request('POST', '/api/v1/mfa/verify', { body });
}

/** Signs in with both factors. The clock moves on, so that the next code is a fresh one. */
export async function signInFully(portal: Portal, who: Enrolled, more: Record<string, unknown> = {}): Promise<Reply> {
  const mfaToken = await challenge(portal, who.email);
  const reply = await verify(portal, { mfaToken, token: codeOf(who.secret, portal.clock.now()), ...more });
  portal.clock.advance(30);
  return reply;
}

export async function mailTo(portal: Portal, email: string, template: string) {
  const mail = (await portal.mails(email)).find((candidate) => candidate.template === template);
  if (mail === undefined) throw new Error(`no ${template} was mailed to ${email}`);
  return mail;
}

/** Guesses as often as the limit of the account allows, until the account is paused. */
export async function pause(portal: Portal, email: string, from: string): Promise<void> {
  const { limit, windowSeconds } = LIMITS.login_account;
  for (let guess = 0; guess <= DEFAULT_BACK_OFF.accountFailures; guess++) {
    if (guess % limit === 0) portal.clock.advance(2 * windowSeconds);
    await logIn(portal, email, { password: `wrong guess number ${guess}` }, from);
  }
}
