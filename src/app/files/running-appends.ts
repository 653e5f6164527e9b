/** The appends that this process carries out, so that a later request for the same upload ends them in order (ADR 0258). */
import type { FileId } from '../../../domain/files/file.ts';

/** Longest time until an append that was ended has stored what had arrived: less than a request may take. */
const SETTLING_MS = 3_000;

export interface RunningAppends {
  has(id: FileId): boolean;
  /** @param work is given the append; its end is when what has arrived is stored */
  run<T>(id: FileId, work: (append: RunningAppend) => Promise<T>): Promise<T>;
  /** Breaks off what still arrives for the upload, and waits until the rest is stored: 3 s at most. */
  end(id: FileId): Promise<void>;
}

export class RunningAppend {
  #isEnded = false;
  #breakOff = () => {};

  end(): void {
    this.#isEnded = true;
    this.#breakOff();
  }

  /** The bytes until the append is ended, which breaks them off with this error. */
  through(bytes: AsyncIterable<Uint8Array>, error: Error): AsyncIterable<Uint8Array> {
    const chunks = bytes[Symbol.asyncIterator]();
    const next = () =>
      new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        this.#breakOff = () => {
          reject(error);
          // Not awaited: it waits for bytes that may never come.
          chunks.return?.().catch(() => {});
        };
        if (this.#isEnded) this.#breakOff();
        else chunks.next().then(resolve, reject);
      });
    const close = async () => {
      if (!this.#isEnded) await chunks.return?.();
      return { done: true, value: undefined } as const;
    };
    return { [Symbol.asyncIterator]: () => ({ next, return: close }) };
  }
}

export function createRunningAppends(): RunningAppends {
  const running = new Set<{ readonly id: FileId; readonly append: RunningAppend; readonly settled: Promise<void> }>();
  const of = (id: FileId) => [...running].filter((each) => each.id === id);
  return {
    has: (id) => of(id).length > 0,
    async run(id, work) {
      const append = new RunningAppend();
      let settle = () => {};
      const settled = new Promise<void>((resolve) => {
        settle = resolve;
      });
      const entry = { id, append, settled };
      running.add(entry);
      try {
        return await work(append);
      } finally {
        running.delete(entry);
        settle();
      }
    },
    async end(id) {
      const ended = of(id);
      for (const { append } of ended) append.end();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, SETTLING_MS);
      });
      await Promise.race([Promise.all(ended.map(({ settled }) => settled)), late]);
      clearTimeout(timer);
    },
  };
}
