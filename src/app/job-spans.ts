/**
 * Spans of jobs. A job is part of the trace that caused it, and linked to the span that committed it. One that waits for longer, such as
 * a reminder, begins a trace of its own, which is linked as well: a trace that goes on for weeks cannot be read.
 */
import { timeOfUuid } from '../../domain/shared/ids.ts';
import type { ClaimedJob } from '../../domain/shared/outbox.ts';
import {
  parseTraceParent,
  type Span,
  type SpanOptions,
  type TraceParent,
  type Tracer,
} from '../../domain/shared/tracing.ts';

/** A job that is due later than this after it was committed does not belong to its cause's trace. */
const SAME_TRACE_MS = 5 * 60_000;

type TracedJob = Pick<ClaimedJob, 'id' | 'topic' | 'notBefore' | 'traceParent'>;

/** What the callback of the queue is told, so that its request is part of the trace as well. */
export function causeOf({ id, notBefore, traceParent }: TracedJob): TraceParent | undefined {
  if (traceParent == null || notBefore - timeOfUuid(id) > SAME_TRACE_MS) return undefined;
  return traceParent;
}

/** The cause, unless the work of this moment is part of its trace already. */
export function otherCause(tracer: Tracer, job: TracedJob): TraceParent | undefined {
  const cause = causeOf(job);
  const [there, here] = [parseTraceParent(cause), parseTraceParent(tracer.current())];
  return there?.traceId === here?.traceId ? undefined : cause;
}

/** @param name what is done with the job */
export function inJobSpan<T>(
  tracer: Tracer,
  name: string,
  job: TracedJob & Pick<ClaimedJob, 'attempts'>,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  if (!tracer.isOn) return tracer.span(name, { kind: 'consumer' }, work);
  const options: SpanOptions = {
    kind: 'consumer',
    attributes: {
      'messaging.operation.name': name,
      'messaging.destination.name': job.topic,
      'portal.job.id': job.id,
      'portal.job.attempt': job.attempts,
    },
    links: job.traceParent == null ? [] : [job.traceParent],
    parent: otherCause(tracer, job),
  };
  return tracer.span(`${name} ${job.topic}`, options, work);
}

/** Jobs of one topic that are worked on together: one by itself is part of its own trace, several are linked. */
export function inJobsSpan<T>(
  tracer: Tracer,
  name: string,
  jobs: readonly ClaimedJob[],
  work: () => Promise<T>,
): Promise<T> {
  const [first, ...others] = jobs;
  if (first === undefined || !tracer.isOn) return work();
  if (others.length === 0) return inJobSpan(tracer, name, first, work);
  const options: SpanOptions = {
    kind: 'consumer',
    attributes: {
      'messaging.operation.name': name,
      'messaging.destination.name': first.topic,
      'messaging.batch.message_count': jobs.length,
    },
    links: jobs.flatMap(({ traceParent }) => (traceParent == null ? [] : [traceParent])),
  };
  return tracer.span(`${name} ${first.topic}`, options, work);
}
