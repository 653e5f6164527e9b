/** The dependencies of a process or isolate, each behind its policy, and what `/ready` says of them. */
import { guardDependency } from '../../adapters/resilience/dependency.ts';
import { type DependencyName, POLICIES } from '../../adapters/resilience/policies.ts';
import type { Dependency } from '../../domain/shared/dependency.ts';
import { type Clock, type FileStorage, Unavailable } from '../../domain/shared/ports.ts';
import { describeFailure, type Log } from '../app/log.ts';
import type { Metrics } from '../app/metrics.ts';
import type { DependencyCheck } from '../http/platform.ts';

export interface Dependencies {
  of(name: DependencyName): Dependency;
  /**
   * What `/ready` says of it. While its breaker is open it is not asked, and says what is used instead.
   * @param ask default: nothing is asked, what requests have found counts
   */
  check(name: DependencyName, shownAs: string, ask?: () => Promise<void>): DependencyCheck;
}

export function createDependencies(clock: Clock, log: Log, metrics: Metrics): Dependencies {
  const watching = {
    opened(dependency: string, error: Unavailable) {
      const { reason, code } = describeFailure(error);
      log.write('warn', 'degraded', { dependency: error.service, reason, code });
      metrics.set('portal_dependency_broken', { dependency }, 1);
      metrics.count('portal_dependency_failures_total', { dependency });
    },
    closed(dependency: string, milliseconds: number) {
      log.write('warn', 'recovered', { dependency, ms: Math.round(milliseconds) });
      metrics.set('portal_dependency_broken', { dependency }, 0);
    },
    retried: (dependency: string) => metrics.count('portal_dependency_retries_total', { dependency }),
  };
  const made = new Map<DependencyName, Dependency>();
  const of = (name: DependencyName): Dependency => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const dependency = guardDependency(name, POLICIES[name], { clock, watching });
    made.set(name, dependency);
    return dependency;
  };
  return {
    of,
    check(name, shownAs, ask) {
      const dependency = of(name);
      return {
        name: shownAs,
        required: false,
        substitute: () => ({ instead: POLICIES[name].instead, since: dependency.health().openSince }),
        async check() {
          await ask?.();
          const { state, reason } = dependency.health();
          if (state !== 'closed') throw new Unavailable(name, { reason: reason ?? 'unreachable' });
        },
      };
    },
  };
}

/** No key is ever this one: a storage that works says that it has no such file. */
const ABSENT_KEY = 'ready/absent';

/** Storage is asked only while its breaker is not closed, because each request of it costs money. */
export function checkedStorage(name: 's3' | 'r2', files: FileStorage, dependencies: Dependencies): DependencyCheck {
  const dependency = dependencies.of(name);
  return dependencies.check(name, 'storage', async () => {
    if (dependency.health().state !== 'closed') await (await files.get(ABSENT_KEY))?.body.cancel();
  });
}
