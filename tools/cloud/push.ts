/**
 * Push services with a list instead of devices: a browser's, which decrypts what it gets as the browser would, and Firebase
 * Cloud Messaging with Google's token endpoint.
 *
 * - `POST /__subscriptions` a new browser; its endpoint is at `https://push.localhost`, for which the portal has a gateway
 * - `POST /__apps` a new app, with its token
 * - `DELETE /__subscriptions/<last part of the endpoint>`, `DELETE /__apps/<token>` they are gone
 * - `GET /__pushes` what arrived, newest first
 * - `GET /__settings` the settings of the portal that lead here
 */
import { createECDH, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import {
  type CloudReply,
  type CloudRequest,
  type CloudServer,
  type CloudServerOptions,
  isRecord,
  parseJson,
  serve,
} from './http.ts';
import { decryptPush, type Receiver, vapidFault } from './push-message.ts';

/** The host of all endpoints. */
export const PUSH_HOST = 'push.localhost';
const ORIGIN = `https://${PUSH_HOST}`;
/** Public and worthless. */
const VAPID = {
  VAPID_PUBLIC_KEY: 'BIftf0QWT3iaKKI66gNy6Pg867IsGN2Pedu7YK6MSrQeZM3u84zAw37I9G1iXv5L7EospaQW65G7aXBbh_uiyig',
  VAPID_PRIVATE_KEY: 'Ug68ar-mFOlsZ_gPrIXd1Zy2FHc6RgBva_oyuFpyPPY',
  VAPID_SUBJECT: 'mailto:it@portal.example',
};
const PROJECT = 'portal-local';
const MAXIMUM_BYTES = 4096;

export interface Pushed {
  readonly to: string;
  /** What the service worker gets, or what the app gets. */
  readonly content: unknown;
  /** Web Push: `TTL`, `Urgency` and `Topic`. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface Subscription {
  readonly endpoint: string;
  readonly p256dh: string;
  readonly auth: string;
}

export interface PushServer extends CloudServer {
  readonly serviceAccount: {
    readonly project_id: string;
    readonly client_email: string;
    readonly private_key: string;
    readonly token_uri: string;
  };
  /** Settings of the portal that lead here. */
  settings(): Readonly<Record<string, string>>;
  subscribe(): Subscription;
  register(): string;
  /** @param address the endpoint of a subscription, its last part, or the token of an app */
  end(address: string): void;
  /** Newest first. */
  pushes(): readonly Pushed[];
  /** Answers to come instead of what would be true, first first. */
  readonly answers: CloudReply[];
  /** How many access tokens were given. */
  tokensGiven(): number;
  /** All access tokens so far end. */
  endTokens(): void;
}

/** @throws PortTaken */
export async function startPush(options: CloudServerOptions = {}): Promise<PushServer> {
  const pushes: Pushed[] = [];
  const answers: CloudReply[] = [];
  const browsers = browserService(pushes);
  const apps = appService(pushes);

  async function answer(request: CloudRequest): Promise<CloudReply> {
    const route = `${request.method} ${request.target}`;
    const [, id = ''] = /^DELETE \/__(?:subscriptions|apps)\/(.+)$/.exec(route) ?? [];
    if (id !== '') {
      end(decodeURIComponent(id));
      return { status: 204 };
    }
    if (route === 'POST /__subscriptions') return { status: 201, json: browsers.subscribe() };
    if (route === 'POST /__apps') return { status: 201, json: { token: apps.register() } };
    if (route === 'GET /__pushes') return { status: 200, json: pushes };
    if (route === 'GET /__settings') return { status: 200, json: settings() };
    if (route === 'POST /token') return apps.google.tokenFor(request, `${server.url}/token`);
    const planned = answers.shift();
    if (planned !== undefined) return planned;
    if (route.startsWith('POST /send/')) return browsers.take(request);
    return route === `POST /v1/projects/${PROJECT}/messages:send` ? apps.take(request) : { status: 404 };
  }

  const end = (address: string) => {
    if (!apps.end(address)) browsers.end(address);
  };
  const server = await serve('Push', answer, options);
  const serviceAccount = { ...apps.google.account, token_uri: `${server.url}/token` };
  const settings = () => ({
    ...VAPID,
    WEB_PUSH_URL: server.url,
    WEB_PUSH_HOSTS: PUSH_HOST,
    FCM_URL: server.url,
    FCM_SERVICE_ACCOUNT: JSON.stringify(serviceAccount),
  });
  return {
    ...server,
    serviceAccount,
    settings,
    subscribe: browsers.subscribe,
    register: apps.register,
    end,
    pushes: () => pushes,
    answers,
    tokensGiven: apps.google.given,
    endTokens: apps.google.end,
  };
}

function browserService(pushes: Pushed[]) {
  const browsers = new Map<string, Receiver | 'gone'>();
  return {
    subscribe(): Subscription {
      const exchange = createECDH('prime256v1');
      const publicKey = exchange.generateKeys().toString('base64url');
      const auth = randomBytes(16).toString('base64url');
      const endpoint = `${ORIGIN}/send/${randomBytes(12).toString('base64url')}`;
      // A scalar has 32 bytes: leading zeros are part of it.
      const scalar = Buffer.from(exchange.getPrivateKey('hex').padStart(64, '0'), 'hex');
      browsers.set(endpoint, { publicKey, privateKey: scalar.toString('base64url'), auth });
      return { endpoint, p256dh: publicKey, auth };
    },
    /** @param address an endpoint, or the last part of one */
    end(address: string) {
      browsers.set(address.startsWith('https:') ? address : `${ORIGIN}/send/${address}`, 'gone');
    },
    take(request: CloudRequest): CloudReply {
      const endpoint = `${ORIGIN}${request.target}`;
      const receiver = browsers.get(endpoint);
      const fault = vapidFault(request.header('authorization'), ORIGIN, Date.now());
      if (fault !== undefined) return { status: 401, json: { message: fault } };
      if (receiver === undefined || receiver === 'gone') return { status: receiver === 'gone' ? 410 : 404 };
      if (!/^\d+$/.test(request.header('ttl') ?? '')) return { status: 400, json: { message: 'no TTL' } };
      if (request.header('content-encoding') !== 'aes128gcm') return { status: 415 };
      if (request.bytes.length > MAXIMUM_BYTES) return { status: 413 };
      const headers = Object.fromEntries(['ttl', 'urgency', 'topic'].map((name) => [name, request.header(name)]));
      if (headers.topic !== undefined && !/^[\w-]{1,32}$/.test(headers.topic)) return { status: 400 };
      const content = JSON.parse(decryptPush(receiver, request.bytes)) as unknown;
      // A later message of the same topic takes the place of the earlier one.
      const earlier = pushes.findIndex(({ to, headers: { topic } }) => to === endpoint && topic === headers.topic);
      if (earlier >= 0 && headers.topic !== undefined) pushes.splice(earlier, 1);
      pushes.unshift({ to: endpoint, content, headers });
      return { status: 201, headers: { Location: `${ORIGIN}/message/${randomBytes(9).toString('base64url')}` } };
    },
  };
}

function appService(pushes: Pushed[]) {
  const apps = new Set<string>();
  const google = googleAccount();
  return {
    google,
    register(): string {
      const token = `${randomBytes(16).toString('base64url')}:APA91b${randomBytes(60).toString('base64url')}`;
      apps.add(token);
      return token;
    },
    end: (token: string) => apps.delete(token),
    take(request: CloudRequest): CloudReply {
      if (!google.isGood(request.header('authorization'))) return fcmError(401, 'UNAUTHENTICATED');
      const body = parseJson(request.body);
      const message = isRecord(body) ? body.message : undefined;
      if (!isRecord(message) || typeof message.token !== 'string') return fcmError(400, 'INVALID_ARGUMENT');
      if (!apps.has(message.token)) return fcmError(404, 'NOT_FOUND', 'UNREGISTERED');
      pushes.unshift({ to: message.token, content: message, headers: {} });
      const name = `projects/${PROJECT}/messages/0:${Date.now()}%${randomBytes(8).toString('hex')}`;
      return { status: 200, json: { name } };
    },
  };
}

function fcmError(code: number, status: string, errorCode = status): CloudReply {
  const details = [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }];
  return { status: code, json: { error: { code, message: status, status, details } } };
}

/** A service account, and Google's token endpoint for it (RFC 7523). */
function googleAccount() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const account = {
    project_id: PROJECT,
    client_email: `portal@${PROJECT}.iam.gserviceaccount.com`,
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
  const tokens = new Set<string>();
  let given = 0;
  return {
    account,
    given: () => given,
    end: () => tokens.clear(),
    isGood: (header: string | undefined) => tokens.has((header ?? '').replace(/^Bearer /, '')),
    tokenFor(request: CloudRequest, audience: string): CloudReply {
      const form = new URLSearchParams(request.body);
      const [head = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
      const isSigned = verify(
        'sha256',
        Buffer.from(`${head}.${claims}`),
        publicKey,
        Buffer.from(signature, 'base64url'),
      );
      const said = parseJson(Buffer.from(claims, 'base64url').toString());
      const isRight =
        form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer' &&
        isSigned &&
        isRecord(said) &&
        said.iss === account.client_email &&
        said.aud === audience &&
        said.scope === 'https://www.googleapis.com/auth/firebase.messaging' &&
        Number(said.exp) - Number(said.iat) <= 3600;
      if (!isRight) return { status: 400, json: { error: 'invalid_grant' } };
      given += 1;
      const token = `ya29.${randomBytes(24).toString('base64url')}`;
      tokens.add(token);
      return { status: 200, json: { access_token: token, expires_in: 3599, token_type: 'Bearer' } };
    },
  };
}
