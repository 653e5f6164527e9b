/** Load that remembers what was acknowledged: each write has a name of its own, which is looked for in the database afterwards. */

export interface Refusal {
  readonly status: number;
  readonly retryAfter: string | null;
}

export interface LoadReport {
  readonly acknowledged: readonly string[];
  readonly refusals: readonly Refusal[];
  /** Requests that got no answer at all. */
  readonly unanswered: number;
  readonly reads: { readonly served: number; readonly refused: number; readonly slowestMs: number };
}

export interface Load {
  /** How many writes were acknowledged so far. */
  acknowledged(): number;
  stop(): Promise<LoadReport>;
}

let sequence = 0;

/**
 * Writes holidays and reads the caller's profile, at several processes in turn.
 * @param urls of the processes
 * @param authorization of an administrator
 */
export function startLoad(urls: readonly string[], authorization: string, atOnce: number): Load {
  const acknowledged: string[] = [];
  const refusals: Refusal[] = [];
  let [unanswered, served, refused, slowestMs] = [0, 0, 0, 0];
  let stopping = false;

  const write = async (url: string) => {
    const name = `chaos-${++sequence}`;
    const day = new Date(Date.now() + (7 + (sequence % 300)) * 86_400_000).toISOString().slice(0, 10);
    const response = await fetch(`${url}/api/v1/clinic/holidays`, {
      method: 'POST',
      headers: { Authorization: authorization, 'Content-Type': 'application/json' },
      body: JSON.stringify({ from: day, until: day, name }),
    });
    await response.arrayBuffer();
    if (response.status === 201) acknowledged.push(name);
    else refusals.push({ status: response.status, retryAfter: response.headers.get('retry-after') });
  };
  const read = async (url: string) => {
    const started = performance.now();
    const response = await fetch(`${url}/api/v1/users/me`, { headers: { Authorization: authorization } });
    await response.arrayBuffer();
    if (response.status === 200) served += 1;
    else refused += 1;
    slowestMs = Math.max(slowestMs, performance.now() - started);
  };
  const worker = async (index: number) => {
    for (let turn = index; !stopping; turn++) {
      const url = urls[turn % urls.length] ?? '';
      try {
        await (index % 2 === 0 ? write(url) : read(url));
      } catch {
        unanswered += 1;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const workers = Array.from({ length: atOnce }, (_, index) => worker(index));
  return {
    acknowledged: () => acknowledged.length,
    async stop() {
      stopping = true;
      await Promise.all(workers);
      return { acknowledged, refusals, unanswered, reads: { served, refused, slowestMs: Math.round(slowestMs) } };
    },
  };
}
