/** Sends requests over connections that are kept open. */
import { Agent, request } from 'node:http';

export interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly token: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export function createClient(port: number, connections: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    /** @throws Error if the answer is no success */
    send({ method = 'GET', path, token, body, headers = {} }: Sent): Promise<string> {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const all = {
        ...headers,
        ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
        ...(text === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': String(text.length) }),
      };
      return new Promise((resolve, reject) => {
        const sent = request({ host: '127.0.0.1', port, agent, method, path, headers: all }, (incoming) => {
          let answer = '';
          incoming.setEncoding('utf8').on('data', (part) => {
            answer += part;
          });
          incoming.on('end', () => {
            const { statusCode = 0 } = incoming;
            if (statusCode >= 200 && statusCode < 300) resolve(answer);
            else reject(new Error(`${method} ${path}: ${statusCode} ${answer}`));
          });
        });
        sent.on('error', reject).end(text);
      });
    },
    close: () => agent.destroy(),
  };
}

/** Does the work a number of times, some of them at the same time. */
export async function repeatedly(count: number, atOnce: number, work: (worker: number) => Promise<unknown>) {
  let left = count;
  await Promise.all(
    Array.from({ length: atOnce }, async (_, worker) => {
      while (left-- > 0) await work(worker);
    }),
  );
}
