/**
 * Push messages to browsers: RFC 8030, encrypted for the browser alone (RFC 8291), signed with our key (VAPID, RFC 8292).
 */
import type { MessageChannel, OutgoingMessage, SendRefusal } from '../../domain/notifications/ports.ts';
import { isPushEndpoint } from '../../domain/notifications/push-endpoint.ts';
import type { PushEnvelope } from '../../domain/notifications/push-message.ts';
import type { WebPushTarget } from '../../domain/notifications/push-subscription.ts';
import { utf8 } from '../../domain/shared/bytes.ts';
import { ok, refuse } from '../../domain/shared/result.ts';
import { refusalOf, unreachable } from './provider-status.ts';
import { onceOnly } from './send-once.ts';

export interface WebPushOptions {
  readonly keys: {
    /** Whom a push service writes to if something is wrong: `mailto:` or `https:`. */
    readonly subject: string;
    /** An uncompressed point of P-256, in base64url. */
    readonly publicKey: string;
    /** The scalar, in base64url. */
    readonly privateKey: string;
  };
  /** Hosts of push services beside the known ones; see `isPushEndpoint`. */
  readonly hosts: readonly string[];
  /** Where requests go instead of the origin of the endpoint: a stand-in. */
  readonly gateway?: string;
}

const TIMEOUT_MS = 10_000;
/** What a push service has to accept (RFC 8291 section 4), less what encryption adds. */
const MAXIMUM_BYTES = 3_993;

export function webPushChannel(options: WebPushOptions): MessageChannel {
  return {
    async send(message) {
      if (message.channel !== 'push' || message.to.kind !== 'web') {
        return refuse({ kind: 'permanent', detail: `no ${message.channel} here` });
      }
      const target = message.to;
      if (!isPushEndpoint(target.endpoint, options.hosts)) {
        return refuse({ kind: 'permanent', detail: 'the endpoint is of no push service', reason: 'gone' });
      }
      const payload = utf8(contentOf(message));
      if (payload.length > MAXIMUM_BYTES) {
        return refuse({ kind: 'permanent', detail: `the message has ${payload.length} bytes`, reason: 'too_large' });
      }
      const sealed = await seal(options, target, payload);
      return 'kind' in sealed ? refuse(sealed) : post(options, target, message.envelope, sealed);
    },
  };
}

type PushMessage = Extract<OutgoingMessage, { readonly channel: 'push' }>;

/** Read by the service worker of the portal's pages. The push service sees none of it. */
function contentOf({ envelope, subject, text, links }: PushMessage): string {
  const [url] = links;
  const { messageId: id, tag } = envelope;
  return JSON.stringify({ id, tag, title: subject, body: text, ...(url === undefined ? {} : { url }) });
}

interface Sealed {
  readonly authorization: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

async function seal(
  { keys }: WebPushOptions,
  { endpoint, p256dh, auth }: WebPushTarget,
  payload: Uint8Array,
): Promise<Sealed | SendRefusal> {
  const { encryptNotification, vapidHeaders } = await import('@block65/webcrypto-web-push');
  const subscription = { endpoint, expirationTime: null, keys: { p256dh, auth } };
  let authorization: string;
  try {
    authorization = (await vapidHeaders(subscription, keys)).headers.authorization;
  } catch {
    return { kind: 'unreachable', detail: 'the VAPID keys cannot be used', reason: 'rejected' };
  }
  try {
    // Padded to one length, so that the size does not tell which message it is.
    return { authorization, body: await encryptNotification(subscription, payload) };
  } catch {
    return { kind: 'permanent', detail: 'the keys of the subscription cannot be used', reason: 'gone' };
  }
}

async function post(
  { gateway }: WebPushOptions,
  { endpoint }: WebPushTarget,
  { ttlSeconds, urgency, tag }: PushEnvelope,
  sealed: Sealed,
) {
  const url = new URL(endpoint);
  const address = gateway === undefined ? url.href : `${gateway}${url.pathname}${url.search}`;
  let response: Response;
  try {
    response = await fetch(address, {
      method: 'POST',
      headers: {
        Authorization: sealed.authorization,
        TTL: String(ttlSeconds),
        Urgency: urgency,
        Topic: tag,
        'Content-Encoding': 'aes128gcm',
        'Content-Type': 'application/octet-stream',
      },
      ...onceOnly(sealed.body),
      // A redirection would lead past the list of hosts.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    return refuse(unreachable(error));
  }
  await response.body?.cancel();
  if (response.ok) return ok({ providerId: response.headers.get('location') });
  return refuse(refusalOfPush(response));
}

/** One push service, or one browser's limit, must not hold up the others: only silence and a wrong key do. */
function refusalOfPush(response: Response): SendRefusal {
  const refusal = refusalOf('the push service', response);
  const { detail, retryAfterSeconds } = refusal;
  if (response.status === 404 || response.status === 410) return { kind: 'permanent', detail, reason: 'gone' };
  // Subscribed under another key, or a redirection.
  if (response.status === 403 || response.status < 400) return { kind: 'permanent', detail };
  if (response.status !== 429) return refusal;
  return { kind: 'transient', detail, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
}
