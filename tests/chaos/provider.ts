/**
 * A mail provider that fails in the ways providers fail. It speaks `POST /v3/mail/send` as SendGrid does, and remembers
 * which notification it accepted how often: the one who sends puts its id into `custom_args`.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pause } from './services.ts';

/** `acceptance_lost`: the mail goes out, and the connection breaks before the answer. */
export type Mood = 'well' | 'slow' | 'error_500' | 'acceptance_lost';

export interface AcceptedMails {
  /** How often each notification was accepted. */
  readonly accepted: ReadonlyMap<string, number>;
  /** How often its sender could not hear of that, and had to send it again or lose it (docs/adr/0132). */
  readonly unheard: ReadonlyMap<string, number>;
}

export interface Provider {
  readonly url: string;
  be(mood: Mood): void;
  /** The newest token that was mailed to somebody, once it is there. */
  tokenFor(address: string): Promise<string>;
  readonly mails: AcceptedMails;
  close(): Promise<void>;
}

export const API_KEY = 'SG.chaos-0123456789abcdef';
const SLOW_MS = 1_500;
const TOKEN = /#token=([A-Za-z0-9_-]+)/;

interface Mail {
  readonly personalizations: readonly {
    readonly to: readonly { readonly email: string }[];
    readonly custom_args: { readonly notification_id: string };
  }[];
  readonly content: readonly { readonly value: string }[];
}

export async function startProvider(): Promise<Provider> {
  let mood: Mood = 'well';
  const accepted = new Map<string, number>();
  const unheard = new Map<string, number>();
  const count = (map: Map<string, number>, id: string) => map.set(id, (map.get(id) ?? 0) + 1);
  const tokens = new Map<string, string>();
  const server = createServer(async (request, answer) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (mood === 'error_500') return void answer.writeHead(500).end();
    if (request.headers.authorization !== `Bearer ${API_KEY}`) return void answer.writeHead(401).end();
    const { personalizations, content } = JSON.parse(Buffer.concat(chunks).toString()) as Mail;
    for (const { to, custom_args } of personalizations) {
      const id = custom_args.notification_id;
      count(accepted, id);
      if (mood === 'acceptance_lost') count(unheard, id);
      const token = TOKEN.exec(content[0]?.value ?? '')?.[1];
      for (const { email } of to) if (token !== undefined) tokens.set(email, token);
    }
    if (mood === 'acceptance_lost') return void request.socket.destroy();
    if (mood === 'slow') await pause(SLOW_MS);
    answer.writeHead(202, { 'X-Message-Id': crypto.randomUUID() }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    be(next) {
      mood = next;
    },
    async tokenFor(address) {
      for (let attempt = 0; attempt < 300; attempt++) {
        const token = tokens.get(address);
        if (token !== undefined) return token;
        await pause(50);
      }
      throw new Error(`no mail to ${address}`);
    },
    mails: { accepted, unheard },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
