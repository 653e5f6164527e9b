/** Work that follows other work for the same key within this process. */

export interface Turns {
  /**
   * Runs the work after all that came before for the key.
   *
   * @param work is told whether it waited: what was loaded before may be out of date then
   * @returns `undefined` at once, when as many wait already as may
   */
  take<T>(key: string, work: (hasWaited: boolean) => Promise<T>): Promise<T> | undefined;
}

/** @param mostWaiting for one key, beside the one that works */
export function createTurns(mostWaiting: number): Turns {
  const lines = new Map<string, { size: number; last: Promise<unknown> }>();
  return {
    take(key, work) {
      const line = lines.get(key) ?? { size: 0, last: Promise.resolve() };
      if (line.size > mostWaiting) return undefined;
      const hasWaited = line.size > 0;
      line.size += 1;
      lines.set(key, line);
      const start = () => work(hasWaited);
      const turn = line.last.then(start, start);
      line.last = turn
        .catch(() => {})
        .finally(() => {
          line.size -= 1;
          if (line.size === 0) lines.delete(key);
        });
      return turn;
    },
  };
}
