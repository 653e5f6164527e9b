/**
 * QStash in one process: `@upstash/qstash` publishes to it, and deliveries are signed as by the service. State is kept
 * in memory. Apart from the service's own routes there are a few for tests and demonstrations:
 *
 * - `POST /__clock/advance` `{"seconds": 3600}` advances the delivery clock; answers with the deliveries made
 * - `GET /__deliveries` the last attempts
 * - `POST /__redeliver/<messageId>` `{"times": 5}` delivers a message again, in parallel
 */
import {
  type CloudReply,
  type CloudRequest,
  type CloudServer,
  type CloudServerOptions,
  isBearer,
  isRecord,
  parseJson,
  serve,
} from './http.ts';
import { multiValued } from './qstash-answer.ts';
import { type DeadLetter, Deliveries } from './qstash-deliveries.ts';
import { type Message, newId, type PublishLimits, parsePublish } from './qstash-message.ts';
import type { SigningKeys } from './qstash-signature.ts';

export interface QStashOptions extends CloudServerOptions {
  readonly token: string;
  readonly signingKeys: SigningKeys;
  /**
   * Whether messages are delivered when they are due. False, for tests: only when the clock is advanced. Default true.
   */
  readonly automatic?: boolean;
  /** Whether a message without flow control is refused, for tests of those who always set it. Default false. */
  readonly requiresFlowControl?: boolean;
  /** Default 7 days, as on the free plan. */
  readonly maxDelaySeconds?: number;
}

export interface QStashServer
  extends CloudServer,
    Pick<Deliveries, 'advance' | 'redeliver' | 'history' | 'pending' | 'deadLetters'> {
  signingKeys(): SigningKeys;
}

const DEFAULT_MAX_DELAY_SECONDS = 7 * 86_400;
const MAX_BODY_BYTES = 1024 * 1024;

/** @throws PortTaken */
export async function startQStash(options: QStashOptions): Promise<QStashServer> {
  let keys = options.signingKeys;
  const limits: PublishLimits = {
    maxDelaySeconds: options.maxDelaySeconds ?? DEFAULT_MAX_DELAY_SECONDS,
    maxBodyBytes: MAX_BODY_BYTES,
    requiresFlowControl: options.requiresFlowControl ?? false,
  };
  const deliveries = new Deliveries({ keys: () => keys, automatic: options.automatic ?? true });

  function rotateKeys(): CloudReply {
    keys = { current: keys.next, next: `sig_${crypto.randomUUID().replaceAll('-', '')}` };
    return { status: 200, json: keys };
  }

  async function route(request: CloudRequest): Promise<CloudReply> {
    const [path = '', query = ''] = request.target.split('?', 2);
    if (path.startsWith('/__')) return controlRoute(deliveries, request, path);
    if (!isBearer(request, options.token)) return fault(401, 'unauthenticated: invalid token');
    if (request.method === 'POST' && path.startsWith('/v2/publish/')) return publishOne(deliveries, limits, request);
    const [, , resource, id] = path.split('/');
    switch (`${request.method} /v2/${resource}`) {
      case 'POST /v2/batch':
        return publishBatch(deliveries, limits, request);
      case 'GET /v2/messages':
        return getMessage(deliveries, id);
      case 'DELETE /v2/messages':
        return cancelMessages(deliveries, id, new URLSearchParams(query));
      case 'GET /v2/dlq':
        return listDeadLetters(deliveries, id, new URLSearchParams(query));
      case 'DELETE /v2/dlq':
        return deleteDeadLetters(deliveries, id, new URLSearchParams(query));
      case 'POST /v2/dlq':
        return id === 'retry' ? retryDeadLetters(deliveries, new URLSearchParams(query)) : fault(404, 'not found');
      case 'GET /v2/keys':
        return { status: 200, json: keys };
      case 'POST /v2/keys':
        return id === 'rotate' ? rotateKeys() : fault(404, 'not found');
      default:
        return fault(404, `not found: ${request.method} ${path}`);
    }
  }

  const server = await serve('QStash', route, options);
  return {
    ...server,
    advance: (seconds) => deliveries.advance(seconds),
    redeliver: (messageId, times) => deliveries.redeliver(messageId, times),
    history: () => deliveries.history(),
    pending: () => deliveries.pending(),
    deadLetters: () => deliveries.deadLetters(),
    signingKeys: () => keys,
    async close() {
      deliveries.stop();
      await server.close();
    },
  };
}

function publishOne(deliveries: Deliveries, limits: PublishLimits, request: CloudRequest): CloudReply {
  const destination = request.target.slice('/v2/publish/'.length);
  const message = parsePublish(destination, request.headers, request.body, deliveries.now(), limits);
  if (typeof message === 'string') return fault(400, message);
  const published = accept(deliveries, message);
  return { status: published.deduplicated ? 202 : 201, json: published };
}

/** Validates the whole batch before any of it is accepted. */
function publishBatch(deliveries: Deliveries, limits: PublishLimits, request: CloudRequest): CloudReply {
  const items = parseJson(request.body);
  if (!Array.isArray(items)) return fault(400, 'batch is not an array');
  const messages: Message[] = [];
  for (const item of items) {
    if (!isRecord(item) || typeof item.destination !== 'string') return fault(400, 'batch item without destination');
    if (item.queue !== undefined) return fault(400, 'queues are not implemented by this stand-in');
    const headers = new Map(
      Object.entries(isRecord(item.headers) ? item.headers : {}).map(([name, value]) => [
        name.toLowerCase(),
        String(value),
      ]),
    );
    const body = item.body === undefined ? '' : String(item.body);
    const message = parsePublish(item.destination, headers, body, deliveries.now(), limits);
    if (typeof message === 'string') return fault(400, message);
    messages.push(message);
  }
  return { status: 200, json: messages.map((message) => accept(deliveries, message)) };
}

function accept(deliveries: Deliveries, message: Message) {
  const { messageId, deduplicated } = deliveries.publish(message);
  return { messageId, url: message.url, ...(deduplicated && { deduplicated }) };
}

function getMessage(deliveries: Deliveries, id: string | undefined): CloudReply {
  const message = deliveries.pending().find(({ messageId }) => messageId === id);
  return message === undefined ? fault(404, 'message not found') : { status: 200, json: messageView(message) };
}

function cancelMessages(deliveries: Deliveries, id: string | undefined, query: URLSearchParams): CloudReply {
  if (id !== undefined) {
    return deliveries.cancel(id) ? { status: 200, json: { cancelled: 1 } } : fault(404, `message ${id} not found`);
  }
  const named = query.getAll('messageIds');
  const ids = named.length > 0 ? named : deliveries.pending().map(({ messageId }) => messageId);
  return { status: 200, json: { cancelled: ids.filter((messageId) => deliveries.cancel(messageId)).length } };
}

function listDeadLetters(deliveries: Deliveries, id: string | undefined, query: URLSearchParams): CloudReply {
  const letters = deliveries.deadLetters();
  if (id !== undefined) {
    const letter = letters.find(({ dlqId }) => dlqId === id);
    return letter === undefined ? fault(404, 'dlq message not found') : { status: 200, json: deadLetterView(letter) };
  }
  const messageId = query.get('messageId');
  const dlqIds = query.getAll('dlqIds');
  const found = letters.filter(
    (letter) =>
      (messageId === null || letter.message.messageId === messageId) &&
      (dlqIds.length === 0 || dlqIds.includes(letter.dlqId)),
  );
  return { status: 200, json: { messages: found.map(deadLetterView) } };
}

function deleteDeadLetters(deliveries: Deliveries, id: string | undefined, query: URLSearchParams): CloudReply {
  if (id !== undefined) {
    return deliveries.removeDeadLetter(id) === undefined ? fault(404, 'dlq message not found') : { status: 200 };
  }
  const named = query.getAll('dlqIds');
  const ids = named.length > 0 ? named : deliveries.deadLetters().map(({ dlqId }) => dlqId);
  return {
    status: 200,
    json: { deleted: ids.filter((dlqId) => deliveries.removeDeadLetter(dlqId) !== undefined).length },
  };
}

/** Publishes a dead letter again, under a new id. */
function retryDeadLetters(deliveries: Deliveries, query: URLSearchParams): CloudReply {
  const named = query.getAll('dlqIds');
  const ids = named.length > 0 ? named : deliveries.deadLetters().map(({ dlqId }) => dlqId);
  const letters = ids.map((dlqId) => deliveries.removeDeadLetter(dlqId)).filter((letter) => letter !== undefined);
  const responses = letters.map(({ message }) =>
    deliveries.publish({
      ...message,
      messageId: newId('msg'),
      notBefore: deliveries.now(),
      deduplicationKey: undefined,
    }),
  );
  return { status: 200, json: { responses } };
}

function messageView(message: Message) {
  const { messageId, url, method, headers, body, createdAt, notBefore, maxRetries, callback, failureCallback } =
    message;
  return {
    ...{ messageId, url, method, body, createdAt, notBefore, maxRetries },
    header: multiValued(new Headers(headers)),
    callback: callback?.url,
    failureCallback: failureCallback?.url,
    callerIP: '127.0.0.1',
  };
}

function deadLetterView({ dlqId, message, answer }: DeadLetter) {
  return {
    ...messageView(message),
    dlqId,
    responseStatus: answer.status,
    responseHeader: multiValued(answer.headers),
    responseBody: answer.body,
  };
}

async function controlRoute(deliveries: Deliveries, request: CloudRequest, path: string): Promise<CloudReply> {
  const body = parseJson(request.body === '' ? '{}' : request.body);
  const { seconds = 0, times = 1 } = isRecord(body) ? body : {};
  if (request.method === 'GET' && path === '/__deliveries') return { status: 200, json: deliveries.history() };
  if (request.method === 'POST' && path === '/__clock/advance') {
    if (typeof seconds !== 'number' || !(seconds >= 0)) return fault(400, 'seconds is not a number from 0');
    const made = await deliveries.advance(seconds);
    return { status: 200, json: { now: deliveries.now(), deliveries: made } };
  }
  if (request.method === 'POST' && path.startsWith('/__redeliver/')) {
    if (typeof times !== 'number' || !(times >= 1 && times <= 100))
      return fault(400, 'times is not a number from 1 to 100');
    const statuses = await deliveries.redeliver(path.slice('/__redeliver/'.length), times);
    return statuses === undefined ? fault(404, 'message not found') : { status: 200, json: { statuses } };
  }
  return fault(404, 'not found');
}

function fault(status: number, error: string): CloudReply {
  return { status, json: { error } };
}
