/** The scanner service of `tools/scanner.ts`, which stands beside a clamd: for Workers, which reach nothing else. */
import type { FileScanner, Verdict } from '../../domain/files/ports.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import type { TraceParent } from '../../domain/shared/tracing.ts';

export interface ScannerServiceOptions {
  /** Of the service, such as `https://scanner.clinic.example`. */
  readonly url: string;
  readonly token: string;
  /** From the request to the verdict, in milliseconds. Default 120,000. */
  readonly timeoutMilliseconds?: number;
  /** Sent along, so that the service's log can name the trace. Default: none. */
  readonly traceParent?: () => TraceParent | undefined;
}

const TIMEOUT_MILLISECONDS = 120_000;

export function scannerService(options: ScannerServiceOptions): FileScanner {
  return {
    name: 'service',
    async scan(bytes, sizeBytes) {
      try {
        return readVerdict(await post(options, bytes, sizeBytes));
      } catch (error) {
        throw new Unavailable('scanner service', { cause: error });
      }
    },
  };
}

async function post(
  options: ScannerServiceOptions,
  bytes: AsyncIterable<Uint8Array>,
  sizeBytes: number,
): Promise<unknown> {
  const { url, token, timeoutMilliseconds = TIMEOUT_MILLISECONDS } = options;
  const traceparent = options.traceParent?.();
  const answer = await fetch(`${url.replace(/\/$/, '')}/scan`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/octet-stream',
      'X-File-Size': String(sizeBytes),
      ...(traceparent === undefined ? {} : { traceparent }),
    },
    body: streamOf(bytes),
    duplex: 'half',
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMilliseconds),
  } as RequestInit);
  if (!answer.ok) {
    await answer.body?.cancel();
    throw new Error(`the service answered ${answer.status}`);
  }
  return answer.json();
}

function streamOf(bytes: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const source = bytes[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await source.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel() {
        await source.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** @throws Error for anything that is no verdict */
function readVerdict(answer: unknown): Verdict {
  const { verdict, finding, reason } = answer as Readonly<Record<string, unknown>>;
  if (verdict === 'clean') return { verdict };
  if (verdict === 'infected' && typeof finding === 'string') return { verdict, finding: finding.slice(0, 200) };
  if (verdict === 'unscannable' && typeof reason === 'string') return { verdict, reason: reason.slice(0, 200) };
  throw new Error('the service answered no verdict');
}
