/**
 * Traces by the OpenTelemetry SDK, the same on Deno and workerd. Each trace is recorded in this process until its first span ends:
 * then it is exported if it was sampled, or if it failed.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, ROOT_CONTEXT, type SpanContext, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  createAlwaysRecordSampler,
  ParentBasedSampler,
  type ReadableSpan,
  type Span as SdkSpan,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { toHex } from '../../domain/shared/bytes.ts';
import { type Random, Unavailable } from '../../domain/shared/ports.ts';
import {
  formatTraceParent,
  parseTraceParent,
  type Span,
  type SpanOptions,
  type TraceParent,
  type Tracer,
} from '../../domain/shared/tracing.ts';
import { type Collector, collectorAt } from './collector.ts';
import { createExportQueue, type ExportObserver } from './export-queue.ts';

export interface TracingOptions extends Collector {
  readonly serviceName: string;
  /** Of the portal. */
  readonly version: string;
  /** `APP_ENV`. */
  readonly environment: string;
  /** Share of the traces that are exported, from 0 to 1, where the caller has not decided. */
  readonly sampleRatio: number;
  readonly random: Random;
  readonly observer: ExportObserver;
}

/** Spans of one trace in this process. A job that does more has only its first spans in the trace. */
const MOST_SPANS = 1_000;

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const;

/** What this process does of a trace, from its first span on. */
interface Part {
  readonly spans: ReadableSpan[];
  tooMany: number;
  /** Undecided until the first span has ended. */
  fate: 'recorded' | 'exported' | 'discarded';
  hasFailed: boolean;
}

interface Running {
  readonly span: SdkSpan;
  readonly part: Part;
}

/** @returns makes tracers that share the sampler and the settings, each with a queue of its own */
export function createTracing(options: TracingOptions) {
  const running = new AsyncLocalStorage<Running>();
  const parts = new WeakMap<object, Part>();
  /** The id of the next trace: the SDK takes it while it starts the span. */
  const next: { traceId?: string | undefined } = {};
  const provider = providerOf(options, parts, next);
  const tracer = provider.getTracer('patient-portal', options.version);
  const send = collectorAt(options);

  return (schedule: (flush: () => Promise<void>) => void): Tracer => {
    const queue = createExportQueue(send, schedule, options.observer);
    const endOf = (part: Part, isSampled: boolean) => {
      part.fate = isSampled || part.hasFailed ? 'exported' : 'discarded';
      if (part.fate === 'exported' && part.tooMany > 0) options.observer.dropped(part.tooMany, 'trace_too_long');
      if (part.fate === 'exported') queue.add(part.spans.splice(0));
    };
    return {
      isOn: true,
      async span(name, spanOptions, work) {
        const outer = running.getStore();
        const isFirst = outer === undefined || spanOptions.parent !== undefined;
        const part: Part = isFirst ? { spans: [], tooMany: 0, fate: 'recorded', hasFailed: false } : outer.part;
        next.traceId = spanOptions.traceId;
        const span = tracer.startSpan(name, startOf(spanOptions), contextOf(spanOptions, outer)) as SdkSpan;
        parts.set(span, part);
        try {
          return await running.run({ span, part }, () => work(handleOf(span, isFirst ? part : undefined)));
        } catch (error) {
          markFailed(span, typeOf(error));
          if (isFirst) part.hasFailed = true;
          throw error;
        } finally {
          span.end();
          if (isFirst) endOf(part, (span.spanContext().traceFlags & 1) === 1);
          // Work that goes on after the answer.
          else if (part.fate === 'exported') queue.add(part.spans.splice(0));
        }
      },
      current() {
        const here = running.getStore();
        return here === undefined ? undefined : traceParentOf(here.span.spanContext());
      },
      flush: () => queue.flush(),
    };
  };
}

function providerOf(
  { serviceName, version, environment, sampleRatio, random }: TracingOptions,
  parts: WeakMap<object, Part>,
  next: { traceId?: string | undefined },
): TracerProvider {
  const root = new TraceIdRatioBasedSampler(sampleRatio);
  return new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': serviceName,
      'service.version': version,
      'deployment.environment.name': environment,
    }),
    // Recorded in any case, because it is not known yet whether it will fail.
    sampler: createAlwaysRecordSampler(new ParentBasedSampler({ root })),
    idGenerator: {
      generateTraceId: () => next.traceId ?? toHex(random.bytes(16)),
      generateSpanId: () => toHex(random.bytes(8)),
    },
    spanProcessors: [
      {
        onStart: () => {},
        onEnd(span) {
          const part = parts.get(span);
          if (part === undefined || part.fate === 'discarded') return;
          if (part.spans.length < MOST_SPANS) part.spans.push(span);
          else part.tooMany += 1;
        },
        forceFlush: async () => {},
        shutdown: async () => {},
      },
    ],
  });
}

function startOf({ kind, attributes = {}, links = [] }: SpanOptions) {
  return {
    kind: KINDS[kind],
    attributes: { ...attributes },
    links: links.flatMap((link) => {
      const context = remote(link);
      return context === undefined ? [] : [{ context }];
    }),
  };
}

function contextOf({ parent }: SpanOptions, outer: Running | undefined): Context {
  const caused = remote(parent);
  if (caused !== undefined) return trace.setSpanContext(ROOT_CONTEXT, caused);
  return outer === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, outer.span);
}

function remote(parent: TraceParent | undefined): SpanContext | undefined {
  const parsed = parseTraceParent(parent);
  if (parsed === undefined) return undefined;
  const { traceId, spanId, isSampled } = parsed;
  return { traceId, spanId, traceFlags: isSampled ? 1 : 0, isRemote: true };
}

function traceParentOf({ traceId, spanId, traceFlags }: SpanContext): TraceParent {
  return formatTraceParent({ traceId, spanId, isSampled: (traceFlags & 1) === 1 });
}

function markFailed(span: SdkSpan, type: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute('error.type', type);
}

/** @param first the part of the trace that this span is the first of */
function handleOf(span: SdkSpan, first: Part | undefined): Span {
  return {
    rename: (name) => void span.updateName(name),
    set: (attributes) => void span.setAttributes({ ...attributes }),
    fail(type) {
      markFailed(span, type);
      if (first !== undefined) first.hasFailed = true;
    },
  };
}

/** Never the message: databases and providers quote values in theirs. */
function typeOf(error: unknown): string {
  if (error instanceof Unavailable) return error.reason;
  return error instanceof Error && /^[A-Za-z][A-Za-z0-9]{0,60}$/.test(error.name) ? error.name : 'unknown';
}
