/** A witness of the log: a URL at which a third party keeps the newest checkpoint that it has seen. */
import type { CheckpointWitness } from '../../domain/audit/ports.ts';
import { type Clock, Unavailable } from '../../domain/shared/ports.ts';

const TIMEOUT_MS = 3_000;
const MAX_NOTE_BYTES = 65_536;
/** How long the last answer is remembered, so that readiness checks do not query the witness each time. */
const REMEMBERED_MS = 60_000;

export interface HttpWitnessOptions {
  /** Returns a signed note (C2SP tlog-checkpoint), such as another copy of `/audit/log/checkpoint`. */
  readonly url: string;
  readonly clock: Clock;
}

export interface HttpWitness extends CheckpointWitness {
  /** Rejects if the last query failed; queries at most once a minute. */
  check(): Promise<void>;
}

export function httpWitness({ url, clock }: HttpWitnessOptions): HttpWitness {
  let asked: { readonly at: number; readonly failure: unknown } | undefined;
  const latest = async () => {
    const at = clock.now();
    try {
      const note = await fetchNote(url);
      asked = { at, failure: undefined };
      return note;
    } catch (error) {
      asked = { at, failure: error };
      throw error;
    }
  };
  return {
    latest,
    async check() {
      if (asked === undefined || clock.now() - asked.at >= REMEMBERED_MS) await latest();
      else if (asked.failure !== undefined) throw asked.failure;
    },
  };
}

/** @returns undefined if nothing has been witnessed yet (404) */
async function fetchNote(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' });
    if (response.status === 404) {
      await response.body?.cancel();
      return undefined;
    }
    if (!response.ok) throw new Error(`the witness answered ${response.status}`);
    return await bounded(response);
  } catch (error) {
    throw new Unavailable('checkpoint witness', { cause: error });
  }
}

async function bounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_NOTE_BYTES) throw new Error('the witness answered more than a checkpoint');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
