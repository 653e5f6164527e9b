import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';
import { challenge, codeOf, type Enrolled, enrol, logIn, mailTo, signInFully, verify } from '../identity/support.ts';

let portal: Portal;
let count = 0;
beforeAll(async () => {
  portal = await startPortal();
});
afterAll(() => portal.close());

const newcomer = () => portal.person('patient', `device${++count}`);
async function enrolled(): Promise<Enrolled> {
  return enrol(portal, (await newcomer()).email);
}

describe('a phone instead of the app (R14)', () => {
  it('R14: nothing is sent for an account without a verified phone', async () => {
    const who = await enrolled();
    const sent = await portal.request('POST', '/api/v1/mfa/sms/send', {
      body: { mfaToken: await challenge(portal, who.email) },
    });
    expect([sent.status, sent.body.code]).toEqual([409, 'mfa_phone_missing']);
    const stranger = await portal.request('POST', '/api/v1/mfa/sms/send', { body: { mfaToken: 'unknown' } });
    expect([stranger.status, stranger.body.code]).toEqual([401, 'mfa_token_invalid']);
  });

  it('R14: is verified by a code; then it receives a limited number of codes, each of which works once', async () => {
    const who = await enrolled();
    const phoneNumber = '+4930901820';
    const begun = await portal.request('POST', '/api/v1/mfa/phone', { token: who.token, body: { phoneNumber } });
    expect(begun.status).toBe(202);
    const [proof = ''] = (await mailTo(portal, phoneNumber, 'sign-in-code')).codes;
    expect(proof).toMatch(/^\d{6}$/);
    const soon = await portal.request('POST', '/api/v1/mfa/phone', { token: who.token, body: { phoneNumber } });
    expect([soon.status, soon.body.code]).toEqual([429, 'sms_throttled']);
    expect(
      (await portal.request('POST', '/api/v1/mfa/phone/verify', { token: who.token, body: { code: proof } })).status,
    ).toBe(204);

    const { body } = await logIn(portal, who.email);
    expect(body.methods).toEqual(['totp', 'backup_code', 'sms']);
    portal.clock.advance(61);
    const { mfaToken } = body;
    expect((await portal.request('POST', '/api/v1/mfa/sms/send', { body: { mfaToken } })).status).toBe(202);
    expect((await portal.request('POST', '/api/v1/mfa/sms/send', { body: { mfaToken } })).status).toBe(429);
    const [smsCode = ''] = (await mailTo(portal, phoneNumber, 'sign-in-code')).codes;
    expect((await verify(portal, { mfaToken, smsCode })).status).toBe(200);
    const other = await verify(portal, { mfaToken: await challenge(portal, who.email), smsCode });
    expect(other.status).toBe(401);
  });
});

describe('trusted devices (R18)', () => {
  async function trusted() {
    const who = await enrolled();
    const reply = await signInFully(portal, who, { trustDevice: true, deviceName: 'My laptop' });
    return {
      who,
      token: reply.body.accessToken as string,
      trustedDeviceToken: reply.body.trustedDeviceToken as string,
    };
  }

  it('R18: replaces the second factor for 30 days, and no longer', async () => {
    const { who, trustedDeviceToken } = await trusted();
    const spared = await logIn(portal, who.email, { trustedDeviceToken });
    expect(spared.body.accessToken).toBeDefined();
    portal.clock.advance(30 * 86_400);
    expect((await logIn(portal, who.email, { trustedDeviceToken })).body.mfaRequired).toBe(true);
  });

  it('R18: a forged token or one of another user is ignored, and the user is challenged', async () => {
    const { trustedDeviceToken } = await trusted();
    const other = await enrolled();
    for (const token of [trustedDeviceToken, 'x'.repeat(43)]) {
      const { status, body } = await logIn(portal, other.email, { trustedDeviceToken: token });
      expect([status, body.mfaRequired]).toEqual([200, true]);
    }
  });

  it('R18: is listed and can be revoked by its owner only', async () => {
    const { who, token, trustedDeviceToken } = await trusted();
    const { body } = await portal.request('GET', '/api/v1/mfa/trusted-devices', { token });
    expect(body.data).toMatchObject([{ name: 'My laptop' }]);
    const path = `/api/v1/mfa/trusted-devices/${body.data[0].id}`;
    const other = await enrolled();
    expect((await portal.request('DELETE', path, { token: other.token })).status).toBe(404);
    expect((await portal.request('DELETE', path, { token })).status).toBe(204);
    expect((await logIn(portal, who.email, { trustedDeviceToken })).body.mfaRequired).toBe(true);
  });

  it('R18: ends if the second factor is disabled, and if the password is changed or reset', async () => {
    const changed = await trusted();
    await portal.request('POST', '/api/v1/auth/change-password', {
      token: changed.token,
      body: { currentPassword: PASSWORD, newPassword: 'another quiet river 77' },
    });
    const { body } = await portal.request('POST', '/api/v1/auth/login', {
      body: {
        email: changed.who.email,
        password: 'another quiet river 77',
        trustedDeviceToken: changed.trustedDeviceToken,
      },
    });
    expect(body.mfaRequired).toBe(true);

    const disabled = await trusted();
    const off = await portal.request('POST', '/api/v1/mfa/disable', {
      token: disabled.token,
      body: { password: PASSWORD, token: codeOf(disabled.who.secret, portal.clock.now()) },
    });
    expect(off.status).toBe(204);
    const { token } = disabled;
    expect((await portal.request('GET', '/api/v1/mfa/trusted-devices', { token })).body.data).toEqual([]);
  });
});
