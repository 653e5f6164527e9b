/** A collector of traces on this machine, which shows them as trees (OTLP/HTTP in JSON). */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly resource: Readonly<Record<string, unknown>>;
  /** 2: failed. */
  readonly status: number;
}

export interface OtlpReceiver {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  /** The bodies, as they came. */
  readonly bodies: string[];
  readonly headers: Readonly<Record<string, unknown>>[];
  /** With which status the next requests are answered. `hang`: with none. */
  answer(status: number | 'hang'): void;
  /** The spans of one trace, indented by what caused them, in the order of their beginnings. */
  tree(traceId: string): string;
  close(): Promise<void>;
}

interface Wire {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

const plain = (attributes: readonly Wire[] = []) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: (ReceivedSpan & { readonly from: bigint })[] = [];
  const bodies: string[] = [];
  const headers: Record<string, unknown>[] = [];
  let status: number | 'hang' = 200;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (status === 'hang') return;
      headers.push(request.headers);
      bodies.push(Buffer.concat(chunks).toString());
      if (status === 200) read(bodies.at(-1) ?? '');
      response.writeHead(status, { 'Content-Type': 'application/json' }).end('{}');
    });
  });
  const read = (body: string) => {
    for (const { resource, scopeSpans } of JSON.parse(body).resourceSpans) {
      for (const span of scopeSpans.flatMap((scope: { spans: unknown[] }) => scope.spans)) {
        const { attributes, startTimeUnixNano, status: told, links = [], ...rest } = span;
        spans.push({
          ...{ ...rest, links, attributes: plain(attributes), resource: plain(resource.attributes) },
          ...{ from: BigInt(startTimeUnixNano), status: told?.code ?? 0 },
        });
      }
    }
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ spans, bodies, headers },
    answer: (next) => {
      status = next;
    },
    tree(traceId) {
      const all = spans.filter((span) => span.traceId === traceId).sort((a, b) => Number(a.from - b.from));
      const known = new Set(all.map(({ spanId }) => spanId));
      const below = (parent: string | undefined, depth: number): string[] =>
        all
          .filter((span) => (known.has(span.parentSpanId ?? '') ? span.parentSpanId : undefined) === parent)
          .flatMap((span) => [`${'  '.repeat(depth)}${span.name}`, ...below(span.spanId, depth + 1)]);
      return below(undefined, 0).join('\n');
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
