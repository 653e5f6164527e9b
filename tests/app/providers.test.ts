import { expect, test } from 'vitest';
import { refusalOf, unreachable } from '../../adapters/channels/provider-status.ts';
import type { MessageChannel, OutgoingMessage, SendResult } from '../../domain/notifications/ports.ts';
import { chooseProvider } from '../../domain/notifications/providers.ts';
import { ok, refuse } from '../../domain/shared/result.ts';
import { providerChecks, providersOver, providerWarnings } from '../../src/compose/providers.ts';

const MAIL = { channel: 'email', to: 'ana@example.org' } as OutgoingMessage;
const SMS = { channel: 'sms', to: '+15005550009' } as OutgoingMessage;
const SENT = ok({ providerId: 'id' });
const answered = (status: number) => refuse(refusalOf('Provider', new Response(null, { status })));

/** Two providers of e-mail and one of SMS, which answer as they are told. */
function world() {
  let now = 1_000_000;
  const answers: SendResult[] = [];
  const asked: string[] = [];
  const provider = (name: string): MessageChannel => ({
    async send() {
      asked.push(name);
      return answers.shift() ?? SENT;
    },
  });
  const providers = providersOver(
    [
      { name: 'sendgrid', sendsTo: ['email'], channel: provider('sendgrid') },
      { name: 'smtp', sendsTo: ['email'], channel: provider('smtp') },
      { name: 'twilio', sendsTo: ['sms'], channel: provider('twilio') },
    ],
    { now: () => now },
  );
  return {
    providers,
    asked,
    answers,
    advance: (seconds: number) => {
      now += seconds * 1000;
    },
    async after(message: OutgoingMessage, answer: SendResult, provider?: string) {
      answers.push(answer);
      await providers.send(message, provider);
      return providerWarnings(providers.statuses()).map(({ code }) => code);
    },
    choice: (holder: string | null = null) => chooseProvider(providers.providersFor(MAIL), holder),
  };
}

test('a provider that rejects our credentials is warned of until it takes a message; one that is away is not', async () => {
  const { after, advance } = world();
  expect(await after(MAIL, refuse(unreachable(new Error())))).toEqual([]);
  expect(await after(MAIL, answered(500))).toEqual([]);
  expect(await after(MAIL, answered(429))).toEqual([]);
  advance(60);
  expect(await after(MAIL, answered(401))).toEqual(['mail_rejected']);
  advance(60);
  // An outage meanwhile says nothing of the key.
  expect(await after(MAIL, answered(503))).toEqual(['mail_rejected']);
  expect(await after(SMS, answered(403))).toEqual(['mail_rejected', 'sms_rejected']);
  advance(60);
  expect(await after(MAIL, SENT)).toEqual(['sms_rejected']);
});

test('after three failures in a row the next provider sends, and the first is asked again after its pause', async () => {
  const { after, asked, choice, advance, providers } = world();
  for (let failure = 1; failure <= 3; failure++) {
    expect(choice()).toBe('sendgrid');
    await after(MAIL, answered(500), 'sendgrid');
  }
  expect(choice()).toBe('smtp');
  await after(MAIL, SENT, 'smtp');
  expect(asked).toEqual(['sendgrid', 'sendgrid', 'sendgrid', 'smtp']);
  expect(providers.statuses()).toMatchObject([
    { provider: 'sendgrid', state: 'paused', failuresInARow: 3, lastFailure: { detail: 'Provider answered 500' } },
    { provider: 'smtp', state: 'up' },
    { provider: 'twilio', state: 'untried', channels: ['sms'] },
  ]);
  advance(5);
  expect(choice()).toBe('sendgrid');
  await after(MAIL, SENT, 'sendgrid');
  expect(providers.statuses()[0]).toMatchObject({ state: 'up', failuresInARow: 0, pausedUntil: null });
});

test('a paused provider is not asked, and readiness says that it is down', async () => {
  const { after, answers, asked, providers, advance } = world();
  const down = async () =>
    (await Promise.allSettled(providerChecks(providers).map(({ check }) => check()))).map(({ status }) => status);
  await after(MAIL, answered(401), 'sendgrid');
  expect(await down()).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  await expect(providerChecks(providers)[0]?.check()).rejects.toMatchObject({ reason: 'rejected' });
  expect(await providers.send(MAIL, 'sendgrid')).toMatchObject({
    error: { kind: 'unreachable', reason: 'paused', detail: 'sendgrid is paused' },
  });
  expect(asked).toEqual(['sendgrid']);
  advance(5);
  answers.push(SENT);
  expect((await providers.send(MAIL, 'sendgrid')).ok).toBe(true);
  expect(await down()).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
});

test('after a pause one message is tried, and the others wait for its outcome', async () => {
  let now = 0;
  const pending: PromiseWithResolvers<SendResult>[] = [];
  const channel: MessageChannel = {
    send: () => {
      const each = Promise.withResolvers<SendResult>();
      pending.push(each);
      return each.promise;
    },
  };
  const providers = providersOver([{ name: 'smtp', sendsTo: ['email'], channel }], { now: () => now });
  const sending = [providers.send(MAIL)];
  pending[0]?.resolve(answered(401));
  await sending[0];
  now += 5_000;
  const [trial, other] = [providers.send(MAIL), providers.send(MAIL)];
  expect(await other).toMatchObject({ error: { reason: 'paused' } });
  expect(pending).toHaveLength(2);
  pending[1]?.resolve(SENT);
  expect((await trial).ok).toBe(true);
  void providers.send(MAIL);
  expect(pending).toHaveLength(3);
});

test('R59: a message that a provider may have accepted stays with that provider, even while it is paused', async () => {
  const { after, choice } = world();
  for (let failure = 1; failure <= 3; failure++) await after(MAIL, refuse(unreachable(new Error())), 'sendgrid');
  expect(choice()).toBe('smtp');
  expect(choice('sendgrid')).toBe('sendgrid');
  expect(choice('no longer configured')).toBeNull();
  expect(chooseProvider([], null)).toBeNull();
});

test('if all are paused, the preferred one keeps the message', async () => {
  const { after, choice } = world();
  await after(MAIL, answered(401), 'sendgrid');
  await after(MAIL, answered(401), 'smtp');
  expect(choice()).toBe('sendgrid');
});

test('a provider is left alone for as long as it asks', async () => {
  const { after, choice, advance } = world();
  const busy = new Response(null, { status: 429, headers: { 'Retry-After': '120' } });
  await after(MAIL, refuse(refusalOf('SendGrid', busy)), 'sendgrid');
  advance(119);
  expect(choice()).toBe('smtp');
  advance(1);
  expect(choice()).toBe('sendgrid');
});

test('administrators see since when a provider is left alone, and how many messages others got instead', async () => {
  const { after, advance, providers } = world();
  const seen = () => {
    const { state, pausedSince, pausedUntil, failOvers, lastFailure } = providers.statuses()[0] ?? {};
    return [state, pausedSince, pausedUntil, failOvers, lastFailure?.reason];
  };
  expect(seen()).toEqual(['untried', null, null, 0, undefined]);
  await after(MAIL, answered(429), 'sendgrid');
  expect(seen()).toEqual(['paused', 1_000_000, 1_005_000, 0, 'throttled']);
  await after(MAIL, SENT, 'smtp');
  await after(MAIL, answered(400), 'smtp');
  expect(seen()).toEqual(['paused', 1_000_000, 1_005_000, 2, 'throttled']);
  advance(5);
  await after(MAIL, answered(429), 'sendgrid');
  expect(seen()).toEqual(['paused', 1_000_000, 1_015_000, 2, 'throttled']);
  advance(10);
  await after(MAIL, SENT, 'sendgrid');
  expect(seen()).toEqual(['up', null, null, 2, undefined]);
  expect(providers.statuses()[1]).toMatchObject({ provider: 'smtp', failOvers: 0 });
});

test('a provider that refuses messages is well', async () => {
  const { after, choice } = world();
  for (let message = 1; message <= 9; message++) await after(MAIL, answered(400), 'sendgrid');
  expect(choice()).toBe('sendgrid');
});
