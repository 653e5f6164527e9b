/** Requests to the portal, as its clients send them. */

export interface Reply {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Sent {
  readonly token?: string;
  readonly body?: unknown;
  /** The `Idempotency-Key`. */
  readonly key?: string;
  /** How long the answer is waited for, in milliseconds. Default 15,000. */
  readonly patience?: number;
}

export type Call = (method: string, path: string, sent?: Sent) => Promise<Reply>;

/** A client that has waited for so long takes the request for unanswered. */
const PATIENCE_MS = 15_000;

/** @throws when there is no answer */
export function client(url: string): Call {
  return async (method, path, { token, body, key, patience = PATIENCE_MS } = {}) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(key === undefined ? {} : { 'Idempotency-Key': key }),
      },
      signal: AbortSignal.timeout(patience),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
    };
  };
}
