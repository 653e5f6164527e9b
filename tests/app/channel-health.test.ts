import { expect, test } from 'vitest';
import { refusalOf, unreachable } from '../../adapters/channels/provider-status.ts';
import type { MessageChannel, OutgoingMessage } from '../../domain/notifications/ports.ts';
import { ok, refuse } from '../../domain/shared/result.ts';
import { type ChannelHealth, channelWarnings, noticingRejections } from '../../src/compose/channel-health.ts';

test('a provider that rejects our credentials is warned of until it takes a message; one that is away is not', async () => {
  const answers: Awaited<ReturnType<MessageChannel['send']>>[] = [];
  const health: ChannelHealth = new Set();
  const channel = noticingRejections({ send: async () => answers.shift() ?? ok({ providerId: null }) }, health);
  const after = async (kind: 'email' | 'sms', answer: (typeof answers)[number]) => {
    answers.push(answer);
    await channel.send({ channel: kind } as OutgoingMessage);
    return channelWarnings(health).map(({ code }) => code);
  };
  expect(await after('email', refuse(unreachable(new Error())))).toEqual([]);
  expect(await after('email', refuse(refusalOf('SendGrid', 500)))).toEqual([]);
  expect(await after('email', refuse(refusalOf('SendGrid', 429)))).toEqual([]);
  expect(await after('email', refuse(refusalOf('SendGrid', 401)))).toEqual(['mail_rejected']);
  // An outage meanwhile says nothing of the key.
  expect(await after('email', refuse(refusalOf('SendGrid', 503)))).toEqual(['mail_rejected']);
  expect(await after('sms', refuse(refusalOf('Twilio', 403)))).toEqual(['mail_rejected', 'sms_rejected']);
  expect(await after('email', ok({ providerId: 'id' }))).toEqual(['sms_rejected']);
});
