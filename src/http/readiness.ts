/** Whether requests can be served. The dependencies are checked at most once per second for all callers. */
import { Unavailable } from '../../domain/shared/ports.ts';
import type { Instant } from '../../domain/shared/time.ts';
import type { Platform } from './platform.ts';

const TIMEOUT_MS = 4_000;
/**
 * Health checks have no rate limit, so that a flood does not make the portal look down; the flood must not reach the
 * database either.
 */
const SHARED_MS = 1_000;

export interface Dependency {
  readonly name: string;
  readonly required: boolean;
  /** `degraded`: it does not work, and something else takes its place. */
  readonly status: 'up' | 'degraded' | 'down';
  /** Why it does not work, as a class of fault: `read_only`, `disk_full`, `unreachable`, … */
  readonly reason?: string;
  /** What the portal does without it. */
  readonly instead?: string;
  /** Since when it has not worked, if that is known. */
  readonly since?: Instant;
}

type Checks = Platform['checks'];

export type Readiness = (checks: Checks, now: Instant) => Promise<readonly Dependency[]>;

/**
 * At the edge each request has its own checks and must not wait for those of another request, so only finished results
 * are shared there. Elsewhere concurrent callers wait for the same checks.
 */
export function createReadiness(): Readiness {
  let asked:
    | { readonly at: Instant; readonly checks: Checks; readonly found: Promise<readonly Dependency[]> }
    | undefined;
  let known: { readonly at: Instant; readonly dependencies: readonly Dependency[] } | undefined;
  // Counted from the start of the check, because a result that took long is old when it arrives.
  const isFresh = (at: Instant, now: Instant) => at <= now && now - at < SHARED_MS;
  return async (checks, now) => {
    if (known !== undefined && isFresh(known.at, now)) return known.dependencies;
    if (asked?.checks === checks && isFresh(asked.at, now)) return asked.found;
    const found = Promise.all(checks.map(look));
    asked = { at: now, checks, found };
    const dependencies = await found;
    if (known === undefined || known.at <= now) known = { at: now, dependencies };
    return dependencies;
  };
}

async function look({ name, required, check, substitute }: Checks[number]): Promise<Dependency> {
  const reason = await faultOf(check(), TIMEOUT_MS);
  if (reason === undefined) return { name, required, status: 'up' };
  const found = substitute?.();
  if (found === undefined) return { name, required, status: 'down', reason };
  const { instead, since } = found;
  return { name, required, status: 'degraded', reason, instead, ...(since === null ? {} : { since }) };
}

async function faultOf(work: Promise<void>, milliseconds: number): Promise<string | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('too_slow'), milliseconds);
  });
  try {
    return await Promise.race([
      work.then(
        () => undefined,
        (error: unknown) => (error instanceof Unavailable ? error.reason : 'failed'),
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
