/** Stopping: traffic goes elsewhere first, then what is under way is finished, then what is left is aborted (R81). */
import { LISTENER } from './limits.ts';
import type { Listener } from './listener.ts';

/** Whether a load balancer shall send requests here, as `/health/traffic` says. */
export interface Traffic {
  isWanted(): boolean;
  refuse(): void;
}

export function createTraffic(): Traffic {
  let wanted = true;
  return {
    isWanted: () => wanted,
    refuse() {
      wanted = false;
    },
  };
}

export interface DrainOptions {
  readonly traffic: Traffic;
  readonly listener: Pick<Listener, 'close'>;
  /** How long a load balancer is given to see that no traffic is wanted, in seconds. */
  readonly drainSeconds: number;
  /** Closes jobs, database and Redis. */
  readonly close: () => Promise<void>;
  readonly tell: (text: string) => void;
}

/** Ends within `drainSeconds` and 25 s, whatever clients and servers do. */
export async function drain({ traffic, listener, drainSeconds, close, tell }: DrainOptions): Promise<void> {
  traffic.refuse();
  if (drainSeconds > 0) {
    tell(`Stopping: traffic is refused by /health/traffic for ${drainSeconds} s first …`);
    await new Promise((resolve) => setTimeout(resolve, drainSeconds * 1000));
  }
  tell('Stopping: finishing what is under way …');
  if (!(await listener.close(LISTENER.finishMilliseconds))) tell('Connections that did not end in time were aborted.');
  const closed = await Promise.race([
    close().then(() => true),
    new Promise<false>((resolve) => setTimeout(() => resolve(false), LISTENER.closeMilliseconds)),
  ]);
  if (!closed) tell('The database or Redis did not close in time and is left behind.');
}
