/** Devices of persons, whose messages go to a stand-in for the push services. */
import { createOutbox } from '../../adapters/postgres/commit/outbox.ts';
import type { MessageProviders } from '../../domain/notifications/ports.ts';
import { composeProviders } from '../../src/compose/providers.ts';
import { createJobs } from '../../src/jobs/jobs.ts';
import type { Portal } from './portal.ts';

/**
 * Runs what is due: push messages go over the network, as the settings say, all others to the mailbox.
 * @returns the failures that are logged
 */
export async function runWithPush(portal: Portal): Promise<readonly string[]> {
  const failures: string[] = [];
  const { deps, clock } = portal;
  const pushed = composeProviders(portal.platform.config, clock);
  const by = ({ channel }: { readonly channel: string }) => (channel === 'push' ? pushed : deps.channel);
  const channel: MessageProviders = {
    providersFor: (address) => by(address).providersFor(address),
    statuses: () => pushed.statuses(),
    send: (message, provider) => by(message).send(message, provider),
  };
  const log = { ...deps.log, failure: (event: string) => void failures.push(event) };
  await createJobs({ ...deps, channel, log }, createOutbox(portal.driver), null).runDue();
  return failures;
}

/** The public key and the secret of the example in RFC 8291, section 5. */
export const BROWSER_KEYS = {
  p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
};

/** What a browser sends to register. Nothing arrives there. */
export function browserBody(name: string) {
  const endpoint = `https://updates.push.services.mozilla.com/wpush/v2/${name}`;
  return { endpoint, expirationTime: null, keys: BROWSER_KEYS };
}
