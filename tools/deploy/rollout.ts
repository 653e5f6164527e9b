/** A gradual deployment: a share of the requests, a look at what failed, the next share; all back to the former version if it fails. */
import { type Invocations, judge, STAGES } from './decision.ts';

export interface RolloutPorts {
  /** The version that serves all requests now; `undefined` if there is none, or if two share them. */
  current(): Promise<string | undefined>;
  /** @returns the id of the new version, which serves nothing yet */
  upload(): Promise<string>;
  /** @param shares percent by version; together 100 */
  deploy(shares: Readonly<Record<string, number>>, message: string): Promise<void>;
  /** What a version did from an instant on, in epoch milliseconds. */
  invocations(version: string, since: number): Promise<Invocations>;
  /** @returns `null` if it succeeded, otherwise the step that failed */
  smoke(): Promise<string | null>;
  pause(milliseconds: number): Promise<void>;
  now(): number;
  tell(line: string): void;
}

export interface RolloutTimes {
  /** Between two looks. */
  readonly lookMs: number;
  /** Of one stage. */
  readonly stageMs: number;
}

export type Outcome =
  | { readonly kind: 'deployed'; readonly version: string }
  | { readonly kind: 'rolled_back'; readonly version: string; readonly reason: string };

/**
 * @throws Error if no version serves all requests, so that there is nothing to go back to: deploy the first one by hand. If a port
 *   fails on the way, all requests go back to the former version before it is thrown
 */
export async function rollOut(ports: RolloutPorts, times: RolloutTimes): Promise<Outcome> {
  const former = await ports.current();
  if (former === undefined)
    throw new Error('no single version serves all requests: finish or undo the last deployment, then start again');
  const version = await ports.upload();
  ports.tell(`uploaded ${version}; ${former} serves`);
  try {
    for (const share of STAGES) {
      const reason = await stage(ports, times, { former, version, share });
      if (reason !== null) return await rollBack(ports, former, version, reason);
    }
    return { kind: 'deployed', version };
  } catch (error) {
    await rollBack(ports, former, version, `the deployment could not be watched: ${(error as Error).message}`);
    throw error;
  }
}

interface Stage {
  readonly former: string;
  readonly version: string;
  readonly share: number;
}

/** @returns why the version is taken back, or `null` */
async function stage(ports: RolloutPorts, times: RolloutTimes, { former, version, share }: Stage) {
  const shares = share === 100 ? { [version]: 100 } : { [version]: share, [former]: 100 - share };
  await ports.deploy(shares, `${share} %`);
  const since = ports.now();
  ports.tell(`${share} % of the requests go to ${version}`);
  for (;;) {
    await ports.pause(times.lookMs);
    const isLast = ports.now() - since >= times.stageMs;
    const [candidate, before, smokeFault] = await Promise.all([
      ports.invocations(version, since),
      ports.invocations(former, since),
      ports.smoke(),
    ]);
    ports.tell(`  ${candidate.errors} of ${candidate.requests} failed; former: ${before.errors} of ${before.requests}`);
    const verdict = judge({ candidate, former: before, smokeFault }, isLast);
    if (verdict.kind === 'roll_back') return verdict.reason;
    if (verdict.kind === 'proceed') return null;
  }
}

async function rollBack(ports: RolloutPorts, former: string, version: string, reason: string): Promise<Outcome> {
  ports.tell(`back to ${former}: ${reason}`);
  await ports.deploy({ [former]: 100 }, `Taken back: ${reason}`.slice(0, 100));
  return { kind: 'rolled_back', version, reason };
}
