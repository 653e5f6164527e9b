/** Spans around the ports that reach other systems: message providers, file storage, scanner, queue and webhooks. */
import type { FileScanner } from '../../domain/files/ports.ts';
import type { MessageProviders } from '../../domain/notifications/ports.ts';
import type { FileStorage, JobQueue } from '../../domain/shared/ports.ts';
import type { Span, SpanAttributes, Tracer } from '../../domain/shared/tracing.ts';
import type { WebhookTransport } from '../../domain/webhooks/ports.ts';

/** A call of another system. */
function call<T>(
  tracer: Tracer,
  name: string,
  attributes: SpanAttributes,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  return tracer.span(name, { kind: 'client', attributes }, work);
}

export function tracedProviders(providers: MessageProviders, tracer: Tracer): MessageProviders {
  return {
    ...providers,
    send: (message, name) =>
      call(
        tracer,
        `send ${message.channel}`,
        { 'peer.service': name ?? message.channel, 'portal.message.channel': message.channel },
        async (span) => {
          const result = await providers.send(message, name);
          if (!result.ok) span.fail(('reason' in result.error ? result.error.reason : undefined) ?? result.error.kind);
          return result;
        },
      ),
  };
}

export function tracedStorage(files: FileStorage, tracer: Tracer, service: string): FileStorage {
  const traced = <T>(operation: string, work: () => Promise<T>) =>
    call(tracer, `${service} ${operation}`, { 'peer.service': service }, work);
  return {
    put: (key, bytes, type) => traced('put', () => files.put(key, bytes, type)),
    putNew: (key, bytes, type) => traced('put new', () => files.putNew(key, bytes, type)),
    get: (key, range) => traced('get', () => files.get(key, range)),
    delete: (key) => traced('delete', () => files.delete(key)),
    deleteFolder: (folder) => traced('delete folder', () => files.deleteFolder(folder)),
  };
}

export function tracedScanner(scanner: FileScanner | null, tracer: Tracer): FileScanner | null {
  if (scanner === null) return null;
  const { name } = scanner;
  return {
    ...scanner,
    scan: (bytes, size) =>
      call(tracer, `scan ${name}`, { 'peer.service': `scanner ${name}`, 'portal.file.size': size }, () =>
        scanner.scan(bytes, size),
      ),
  };
}

export function tracedQueue(queue: JobQueue, tracer: Tracer): JobQueue {
  return {
    ...queue,
    publish: (jobs) =>
      tracer.span(
        'publish qstash',
        {
          kind: 'producer',
          attributes: {
            'messaging.system': 'qstash',
            'messaging.operation.name': 'publish',
            'messaging.batch.message_count': jobs.length,
            'peer.service': 'qstash',
          },
          links: jobs.flatMap(({ traceParent }) => (traceParent == null ? [] : [traceParent])),
        },
        () => queue.publish(jobs),
      ),
  };
}

/** @param tells whether receivers get `traceparent` */
export function tracedWebhooks(webhooks: WebhookTransport, tracer: Tracer, tells: boolean): WebhookTransport {
  return {
    ...webhooks,
    post: (url, headers, body) =>
      call(
        tracer,
        'POST webhook',
        { 'http.request.method': 'POST', 'peer.service': 'webhook receiver' },
        async (span) => {
          const parent = tells ? tracer.current() : undefined;
          const answer = await webhooks.post(
            url,
            parent === undefined ? headers : { ...headers, traceparent: parent },
            body,
          );
          if (answer.kind === 'none') span.fail(answer.reason);
          else {
            span.set({ 'http.response.status_code': answer.status });
            if (answer.status >= 400) span.fail(String(answer.status));
          }
          return answer;
        },
      ),
  };
}
