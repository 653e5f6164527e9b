/** Runs work of the same key one after another within this process. */

export interface KeyedQueue {
  /**
   * Runs the work after all earlier work of the key.
   *
   * @param work is told whether it was queued: then it must reload, because the state may have changed meanwhile
   * @returns `undefined` if the queue of the key is full
   */
  run<T>(key: string, work: (wasQueued: boolean) => Promise<T>): Promise<T> | undefined;
}

/** @param maximumWaiting for each key, not counting the running one */
export function createKeyedQueue(maximumWaiting: number): KeyedQueue {
  const queues = new Map<string, { size: number; last: Promise<unknown> }>();
  return {
    run(key, work) {
      const queue = queues.get(key) ?? { size: 0, last: Promise.resolve() };
      if (queue.size > maximumWaiting) return undefined;
      const wasQueued = queue.size > 0;
      queue.size += 1;
      queues.set(key, queue);
      const start = () => work(wasQueued);
      const result = queue.last.then(start, start);
      queue.last = result
        .catch(() => {})
        .finally(() => {
          queue.size -= 1;
          if (queue.size === 0) queues.delete(key);
        });
      return result;
    },
  };
}
