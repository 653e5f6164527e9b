/** The providers that the settings name, each behind a circuit breaker. Lives as long as the process or isolate. */
import { sendgridChannel } from '../../adapters/channels/sendgrid.ts';
import { smtpChannel } from '../../adapters/channels/smtp.ts';
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
import { pathTo } from '../http/links.ts';
import type { DependencyCheck } from '../http/platform.ts';
import { mailProviders } from '../provider-settings.ts';
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
  const failOvers = new Map<string, number>();
  const healthOf = (name: string) => healths.get(name) ?? UNTRIED;
  const statusOf = ({ name, sendsTo }: Provider): ProviderStatus => ({
    provider: name,
    channels: [...new Set(sendsTo.map(channelOf))],
    state: stateOf(healthOf(name), clock.now()),
    ...healthOf(name),
    failOvers: failOvers.get(name) ?? 0,
  });
  const able = (address: Pick<OutgoingMessage, 'channel' | 'to'>) => {
    const kind = kindOf(address);
    return providers.filter(({ sendsTo }) => sendsTo.includes(kind));
  };
  return {
    providersFor: (address) => able(address).map(statusOf),
    statuses: () => providers.map(statusOf),
    async send(message, name) {
      const [preferred, ...others] = able(message);
      const provider = [preferred, ...others].find((each) => name === undefined || each?.name === name);
      // The message waits in the outbox until a provider is configured (R59).
      if (provider === undefined) return refuse({ kind: 'unreachable', detail: `no channel for ${message.channel}` });
      if (preferred !== undefined && preferred !== provider)
        failOvers.set(preferred.name, (failOvers.get(preferred.name) ?? 0) + 1);
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
  return providersOver([...mail(config), ...sms(config), ...push(config, clock)], clock);
}

function mail(config: Config): readonly Provider[] {
  const { MAIL_FROM: from, SENDGRID_API_KEY: apiKey, SENDGRID_URL: url, SMTP_URL: server, SMTP_CA: authority } = config;
  if (from === undefined) return [];
  return mailProviders(config).flatMap((name): Provider[] => {
    if (name === 'sendgrid') {
      return apiKey === undefined
        ? []
        : [{ name, sendsTo: ['email'], channel: sendgridChannel({ apiKey, from, url }) }];
    }
    if (server === undefined) return [];
    const trust = authority === undefined ? {} : { authority };
    return [{ name, sendsTo: ['email'], channel: smtpChannel({ ...server, from, ...trust }) }];
  });
}

function sms(config: Config): readonly Provider[] {
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken, TWILIO_FROM: from, TWILIO_URL: url } = config;
  if (accountSid === undefined || authToken === undefined || from === undefined) return [];
  const channel = twilioChannel({ accountSid, authToken, from, url, ...reportingTo(config.PUBLIC_URL) });
  return [{ name: 'twilio', sendsTo: ['sms'], channel }];
}

/** Twilio refuses messages with an address that it cannot call. */
function reportingTo(publicUrl: string | undefined): { readonly statusUrl?: string } {
  if (publicUrl?.startsWith('https://') !== true) return {};
  return { statusUrl: publicUrl + pathTo('receiveTwilioStatus') };
}

function push(config: Config, clock: Clock): readonly Provider[] {
  const { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey, VAPID_SUBJECT: subject } = config;
  const { WEB_PUSH_HOSTS: hosts, WEB_PUSH_URL: gateway, FCM_SERVICE_ACCOUNT: account, FCM_URL: url } = config;
  const providers: Provider[] = [];
  if (publicKey !== undefined && privateKey !== undefined && subject !== undefined) {
    const options = { keys: { publicKey, privateKey, subject }, hosts, ...(gateway === undefined ? {} : { gateway }) };
    const channel = later(async () => (await import('../../adapters/channels/web-push.ts')).webPushChannel(options));
    providers.push({ name: 'web_push', sendsTo: ['web'], channel });
  }
  if (account !== undefined) {
    const options = { account, url, clock };
    const channel = later(async () => (await import('../../adapters/channels/fcm.ts')).fcmChannel(options));
    providers.push({ name: 'fcm', sendsTo: ['fcm'], channel });
  }
  return providers;
}

/** Loads the code of a channel with its first message. */
function later(load: () => Promise<MessageChannel>): MessageChannel {
  let loaded: MessageChannel | undefined;
  return {
    async send(message) {
      loaded ??= await load();
      return loaded.send(message);
    },
  };
}

const WAITS = 'What is to be sent waits for 24 hours';
const REJECTIONS: Readonly<Record<string, Warning>> = {
  sendgrid: {
    code: 'mail_rejected',
    detail: `SendGrid rejects our key: no mail leaves through it. Check SENDGRID_API_KEY, its right to send mail, and that MAIL_FROM is a verified sender. ${WAITS}`,
  },
  smtp: {
    code: 'mail_rejected',
    detail: `The mail server does not accept us: no mail leaves through it. Check user and password in SMTP_URL, and that it takes mail from MAIL_FROM. ${WAITS}`,
  },
  twilio: {
    code: 'sms_rejected',
    detail: `Twilio rejects our credentials: no SMS leaves. Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN. ${WAITS}`,
  },
  web_push: {
    code: 'push_rejected',
    detail: `Push services reject our key: nothing is pushed to browsers. Check that VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY are a pair. ${WAITS}`,
  },
  fcm: {
    code: 'push_rejected',
    detail: `Google rejects our service account: nothing is pushed to apps. Check FCM_SERVICE_ACCOUNT, and that it may send messages. ${WAITS}`,
  },
};

/** Providers that reject our credentials. */
export function providerWarnings(statuses: readonly ProviderStatus[]): readonly Warning[] {
  return statuses.flatMap(({ provider, isRejecting }) => {
    const warning = REJECTIONS[provider];
    return isRejecting && warning !== undefined ? [warning] : [];
  });
}

/** A provider that is paused is down, or degraded if another one can send in its place. Nothing is sent to find out. */
export function providerChecks(providers: MessageProviders): readonly DependencyCheck[] {
  const statusOf = (provider: string) => providers.statuses().find((each) => each.provider === provider);
  return providers.statuses().map(({ provider, channels }) => ({
    name: provider,
    required: false,
    async check() {
      const status = statusOf(provider);
      if (status?.state !== 'paused') return;
      throw new Unavailable(provider, { reason: status.lastFailure?.reason ?? 'unreachable' });
    },
    substitute() {
      const other = providers
        .statuses()
        .find((each) => each.state !== 'paused' && each.channels.some((channel) => channels.includes(channel)));
      if (other === undefined) return undefined;
      return { instead: `${other.provider} sends what it would`, since: statusOf(provider)?.pausedSince ?? null };
    },
  }));
}
