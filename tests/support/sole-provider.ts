/** One provider for every kind of address, which is never paused. */
import type { MessageChannel, MessageProviders, ProviderStatus } from '../../domain/notifications/ports.ts';
import { UNTRIED } from '../../domain/notifications/providers.ts';

export function soleProvider(channel: MessageChannel): MessageProviders {
  const status: ProviderStatus = {
    provider: 'sole',
    channels: ['email', 'sms', 'push'],
    state: 'up',
    failOvers: 0,
    ...UNTRIED,
  };
  return {
    providersFor: () => [status],
    statuses: () => [status],
    send: (message) => channel.send(message),
  };
}
