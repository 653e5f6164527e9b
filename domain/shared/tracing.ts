/**
 * The port for traces: what a request or a job did, step by step and across processes (W3C Trace Context, OpenTelemetry). A span says
 * which step it was and how long it took, never with which values.
 */

/** `00-<32 hexadecimal digits>-<16>-<2>`: the value of the header `traceparent`, version 00. */
export type TraceParent = string;

export interface ParsedTraceParent {
  readonly traceId: string;
  readonly spanId: string;
  /** Whether the caller has chosen the trace to be kept. */
  readonly isSampled: boolean;
}

/** Names of the protocol or of this portal, classes, templates and numbers, never user input. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  /**
   * - `server`: answers a request from outside
   * - `client`: waits for another system
   * - `producer`: hands work to a queue
   * - `consumer`: works on what came through a queue
   * - `internal`: a step of this process
   */
  readonly kind: 'server' | 'client' | 'producer' | 'consumer' | 'internal';
  readonly attributes?: SpanAttributes;
  /** What caused it in another process. Default: the span that is running. */
  readonly parent?: TraceParent | undefined;
  /** The id of its trace if nothing caused it. Default: a new one. */
  readonly traceId?: string | undefined;
  /** Other spans that it has to do with, such as the requests whose jobs are worked on together. */
  readonly links?: readonly TraceParent[];
}

export interface Span {
  /** For names that are known at the end, such as that of the route. */
  rename(name: string): void;
  set(attributes: SpanAttributes): void;
  /**
   * Marks it as failed. If nothing of this process caused it, its trace is exported even if it was not sampled.
   * @param type the class or the code of the failure, never its message
   */
  fail(type: string): void;
}

export interface Tracer {
  /** False: nothing is recorded, and all calls cost next to nothing. */
  readonly isOn: boolean;
  /** Runs the work in a span, which ends with it. If the work throws, the span has failed. */
  span<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>;
  /** The span that is running, as others are told of it. `undefined` if there is none. */
  current(): TraceParent | undefined;
  /** Exports what has ended. Never rejects. */
  flush(): Promise<void>;
}

const NO_SPAN: Span = { rename: () => {}, set: () => {}, fail: () => {} };

export const NO_TRACER: Tracer = {
  isOn: false,
  span: (_name, _options, work) => work(NO_SPAN),
  current: () => undefined,
  flush: async () => {},
};

/** Later versions may add parts at the end (section 4.3 of the recommendation). */
const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZEROS = /^0+$/;

/** @returns `undefined` if it is not valid: the trace begins anew then */
export function parseTraceParent(text: string | null | undefined): ParsedTraceParent | undefined {
  const [, version = 'ff', traceId = '', spanId = '', flags = '', rest] = FORM.exec(text ?? '') ?? [];
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (ZEROS.test(traceId) || ZEROS.test(spanId)) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceParent({ traceId, spanId, isSampled }: ParsedTraceParent): TraceParent {
  return `00-${traceId}-${spanId}-0${isSampled ? 1 : 0}`;
}
