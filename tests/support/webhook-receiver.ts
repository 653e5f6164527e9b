/** A system that receives webhooks on this machine, and verifies them with code of its own. */
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly id: string;
  readonly timestamp: number;
  readonly signatures: readonly string[];
  readonly body: string;
  // The body of an event; tests check it.
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into bodies of every shape
  readonly event: any;
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** What the next requests are answered, in this order, and then 204. `hang`: nothing. */
  answer(...next: (number | 'hang' | Readonly<Record<string, string>>)[]): void;
  /** Forgets what has arrived, and what was to be answered. */
  clear(): void;
  close(): Promise<void>;
}

/** Whether one of the signatures is that of the secret (Standard Webhooks, version 1). */
export function isSigned(secret: string, { id, timestamp, signatures, body }: Received): boolean {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const digest = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return signatures.includes(`v1,${digest}`);
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const answers: (number | 'hang' | Readonly<Record<string, string>>)[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const { headers } = request;
      received.push({
        id: String(headers['webhook-id']),
        timestamp: Number(headers['webhook-timestamp']),
        signatures: String(headers['webhook-signature']).split(' '),
        body,
        event: JSON.parse(body),
      });
      const next = answers.shift() ?? 204;
      if (next === 'hang') return;
      if (typeof next === 'number') response.writeHead(next).end();
      else response.writeHead(Number(next.status), next).end('elsewhere');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    received,
    answer: (...next) => void answers.push(...next),
    clear() {
      received.length = 0;
      answers.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
