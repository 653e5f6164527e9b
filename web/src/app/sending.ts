/** Sends forms with files and says how far it is: `fetch` does not tell it. */
import { type AnyProblem, Refused, withSession } from './api.ts';

interface Received {
  readonly problem: AnyProblem | null;
  readonly headers: Headers;
}

/** @throws Refused; TypeError without a connection, as `fetch` does */
export async function sendForm(
  path: string,
  fields: Readonly<Record<string, string | File>>,
  { idempotencyKey, onProgress }: { idempotencyKey?: string; onProgress?: (share: number) => void } = {},
): Promise<void> {
  const attempt = () =>
    new Promise<Received>((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open('POST', path);
      if (idempotencyKey !== undefined) request.setRequestHeader('Idempotency-Key', idempotencyKey);
      request.upload.onprogress = ({ loaded, total }) => onProgress?.(loaded / total);
      request.onerror = () => reject(new TypeError('no connection'));
      request.onload = () => resolve(received(request));
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      request.send(form);
    });
  const { problem, headers } = await withSession(attempt, (answer) => answer.problem);
  if (problem !== null) throw new Refused(problem, headers);
}

function received(request: XMLHttpRequest): Received {
  const retryAfter = request.getResponseHeader('Retry-After');
  const headers = new Headers(retryAfter === null ? {} : { 'Retry-After': retryAfter });
  const isDone = request.status >= 200 && request.status < 300;
  return { headers, problem: isDone ? null : (JSON.parse(request.responseText) as AnyProblem) };
}
