/** Push messages to apps through Firebase Cloud Messaging, HTTP v1. */
import type { MessageChannel, OutgoingMessage, SendRefusal } from '../../domain/notifications/ports.ts';
import type { FcmTarget } from '../../domain/notifications/push-subscription.ts';
import type { Clock } from '../../domain/shared/ports.ts';
import { ok, refuse } from '../../domain/shared/result.ts';
import type { Instant } from '../../domain/shared/time.ts';
import { googleTokens, type ServiceAccount, TokenRefused } from './google-token.ts';
import { refusalOf, unreachable } from './provider-status.ts';
import { onceOnly } from './send-once.ts';

export interface FcmOptions {
  readonly account: ServiceAccount;
  /** Base URL of the API. */
  readonly url: string;
  readonly clock: Clock;
}

type PushMessage = Extract<OutgoingMessage, { readonly channel: 'push' }>;

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
const TIMEOUT_MS = 10_000;

export function fcmChannel({ account, url, clock }: FcmOptions): MessageChannel {
  const tokens = googleTokens(account, SCOPE, clock);
  const post = async (body: string) =>
    fetch(`${url}/v1/projects/${account.project_id}/messages:send`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${await tokens.current()}`, 'Content-Type': 'application/json' },
      ...onceOnly(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  return {
    async send(message) {
      if (message.channel !== 'push' || message.to.kind !== 'fcm') {
        return refuse({ kind: 'permanent', detail: `no ${message.channel} here` });
      }
      const body = JSON.stringify(requestOf(message, message.to, clock.now()));
      let response: Response;
      try {
        response = await post(body);
        // Google ends tokens early when the account changes. It has not looked at the message.
        if (response.status === 401) {
          tokens.forget();
          await response.body?.cancel();
          response = await post(body);
        }
      } catch (error) {
        return refuse(error instanceof TokenRefused ? withoutToken(error) : unreachable(error));
      }
      const answer = await readAnswer(response);
      if (response.ok) return ok({ providerId: typeof answer.name === 'string' ? answer.name : null });
      return refuse(refusalOfFcm(response, answer));
    },
  };
}

function withoutToken({ status }: TokenRefused): SendRefusal {
  if (status === undefined) return { kind: 'unreachable', detail: 'Google gives no access token' };
  const isOurs = status >= 400 && status < 500 && status !== 429;
  const detail = `Google answered ${status} to the service account`;
  return { kind: 'unreachable', detail, ...(isOurs ? { reason: 'rejected' } : {}) };
}

/**
 * https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages. Google reads what is sent, so links stay out: the app
 * reads the message in the portal by its id.
 */
function requestOf({ subject, text, envelope }: PushMessage, { token }: FcmTarget, now: Instant) {
  const { messageId, tag, ttlSeconds } = envelope;
  const isUrgent = envelope.urgency === 'high';
  return {
    message: {
      token,
      notification: { title: subject, body: text },
      data: { id: messageId, tag },
      android: {
        priority: isUrgent ? 'HIGH' : 'NORMAL',
        ttl: `${ttlSeconds}s`,
        // Replaces an earlier one of the same tag on the device. A locked screen shows no text.
        notification: { tag, visibility: 'PRIVATE' },
      },
      apns: {
        headers: {
          'apns-collapse-id': tag,
          'apns-priority': isUrgent ? '10' : '5',
          // 0: it is not kept.
          'apns-expiration': String(ttlSeconds === 0 ? 0 : Math.floor(now / 1000) + ttlSeconds),
        },
      },
    },
  };
}

interface Answer {
  readonly name?: unknown;
  readonly error?: { readonly message?: unknown; readonly details?: readonly { readonly errorCode?: unknown }[] };
}

async function readAnswer(response: Response): Promise<Answer> {
  try {
    const answer: unknown = await response.json();
    return typeof answer === 'object' && answer !== null ? (answer as Answer) : {};
  } catch {
    return {};
  }
}

/** https://firebase.google.com/docs/cloud-messaging/error-codes */
function refusalOfFcm(response: Response, { error }: Answer): SendRefusal {
  const details = Array.isArray(error?.details) ? error.details : [];
  const code = details.map((each) => each?.errorCode).find((each) => typeof each === 'string');
  const detail = code === undefined ? `FCM answered ${response.status}` : `FCM answered ${response.status} ${code}`;
  // The token is no longer, or never was, one of this app.
  const isGone =
    code === 'UNREGISTERED' || (code === 'INVALID_ARGUMENT' && /registration token/i.test(String(error?.message)));
  if (isGone) return { kind: 'permanent', detail, reason: 'gone' };
  // Of this one device: it belongs to another sender, or Apple does not accept our key for it.
  if (code === 'SENDER_ID_MISMATCH') return { kind: 'permanent', detail };
  if (code === 'THIRD_PARTY_AUTH_ERROR') return { kind: 'transient', detail };
  return { ...refusalOf('FCM', response), detail };
}
