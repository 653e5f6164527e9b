/** The providers that the settings name, each behind a circuit breaker. Lives as long as the process or isolate. */
import { sendgridChannel } from '../../adapters/channels/sendgrid.ts';
import { twilioChannel } from '../../adapters/channels/twilio.ts';
import type {
  ChannelName,
  MessageChannel,
  MessageProviders,
  OutgoingMessage,
  ProviderStatus,
} from '../../domain/notifications/ports.ts';
import {
  afterAttempt,
  beginAttempt,
  type ProviderHealth,
  stateOf,
  UNTRIED,
} from '../../domain/notifications/providers.ts';
import { type Clock, Unavailable } from '../../domain/shared/ports.ts';
import { refuse } from '../../domain/shared/result.ts';
import type { Config } from '../config.ts';
import type { DependencyCheck } from '../http/platform.ts';
import type { Warning } from '../warnings.ts';

/** A kind of address. */
export type AddressKind = Exclude<ChannelName, 'push'> | 'web' | 'fcm';

export interface Provider {
  readonly name: string;
  readonly sendsTo: readonly AddressKind[];
  readonly channel: MessageChannel;
}

/** @param providers the preferred one of each kind of address first */
export function providersOver(providers: readonly Provider[], clock: Clock): MessageProviders {
  const healths = new Map<string, ProviderHealth>();
  const healthOf = (name: string) => healths.get(name) ?? UNTRIED;
  const statusOf = ({ name, sendsTo }: Provider): ProviderStatus => ({
    provider: name,
    channels: [...new Set(sendsTo.map(channelOf))],
    state: stateOf(healthOf(name), clock.now()),
    ...healthOf(name),
  });
  const able = (address: Pick<OutgoingMessage, 'channel' | 'to'>) => {
    const kind = kindOf(address);
    return providers.filter(({ sendsTo }) => sendsTo.includes(kind));
  };
  return {
    providersFor: (address) => able(address).map(statusOf),
    statuses: () => providers.map(statusOf),
    async send(message, name) {
      const provider = able(message).find((each) => name === undefined || each.name === name);
      // The message waits in the outbox until a provider is configured (R59).
      if (provider === undefined) return refuse({ kind: 'unreachable', detail: `no channel for ${message.channel}` });
      const begun = beginAttempt(healthOf(provider.name), clock.now());
      if (begun === undefined) {
        return refuse({ kind: 'unreachable', detail: `${provider.name} is paused`, reason: 'paused' });
      }
      healths.set(provider.name, begun);
      const result = await provider.channel.send(message);
      healths.set(provider.name, afterAttempt(healthOf(provider.name), result, clock.now()));
      return result;
    },
  };
}

function kindOf({ channel, to }: Pick<OutgoingMessage, 'channel' | 'to'>): AddressKind {
  if (typeof to !== 'string') return to.kind;
  return channel === 'push' ? 'web' : channel;
}

const channelOf = (kind: AddressKind): ChannelName => (kind === 'web' || kind === 'fcm' ? 'push' : kind);

export function composeProviders(config: Config, clock: Clock): MessageProviders {
  const { SENDGRID_API_KEY: apiKey, MAIL_FROM: from, SENDGRID_URL, TWILIO_URL } = config;
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken, TWILIO_FROM: number } = config;
  const providers: Provider[] = [];
  if (apiKey !== undefined && from !== undefined) {
    const channel = sendgridChannel({ apiKey, from, url: SENDGRID_URL });
    providers.push({ name: 'sendgrid', sendsTo: ['email'], channel });
  }
  if (accountSid !== undefined && authToken !== undefined && number !== undefined) {
    const channel = twilioChannel({ accountSid, authToken, from: number, url: TWILIO_URL });
    providers.push({ name: 'twilio', sendsTo: ['sms'], channel });
  }
  return providersOver(providers, clock);
}

const MAIL_WAITS = 'no mail leaves through it. What is to be sent waits for 24 hours';
const REJECTIONS: Readonly<Record<string, Warning>> = {
  sendgrid: {
    code: 'mail_rejected',
    detail: `SendGrid rejects our key: ${MAIL_WAITS}. Check SENDGRID_API_KEY, its right to send mail, and that MAIL_FROM is a verified sender`,
  },
  twilio: {
    code: 'sms_rejected',
    detail:
      'Twilio rejects our credentials: no SMS leaves. Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN. What is to be sent waits for 24 hours',
  },
};

/** Providers that reject our credentials. */
export function providerWarnings(statuses: readonly ProviderStatus[]): readonly Warning[] {
  return statuses.flatMap(({ provider, isRejecting }) => {
    const warning = REJECTIONS[provider];
    return isRejecting && warning !== undefined ? [warning] : [];
  });
}

/** A provider that is paused is down. Nothing is sent to find out. */
export function providerChecks(providers: MessageProviders): readonly DependencyCheck[] {
  return providers.statuses().map(({ provider }) => ({
    name: provider,
    required: false,
    async check() {
      const status = providers.statuses().find((each) => each.provider === provider);
      if (status?.state !== 'paused') return;
      throw new Unavailable(provider, { reason: status.lastFailure?.reason ?? 'unreachable' });
    },
  }));
}
