/** Damaged values are reported once and do not affect anything else (R78). */
import { decided } from '../../domain/shared/changes.ts';
import type { Damage } from '../../domain/shared/sealed-columns.ts';
import { commit } from './command.ts';
import type { DamageRegister, Deps } from './context.ts';
import { systemContext } from './identity/first-admin.ts';

/** Number of places remembered as reported. Beyond it, only the database prevents duplicate reports. */
const REMEMBERED = 10_000;
/** Number of values that wait to be reported. Any further one is noted again the next time it is read. */
const WAITING = 500;

export function createDamageRegister(): DamageRegister {
  const known = new Set<string>();
  let waiting: Damage[] = [];
  return {
    note(damage) {
      const name = JSON.stringify(damage);
      if (known.has(name) || waiting.length >= WAITING) return;
      if (known.size >= REMEMBERED) known.clear();
      known.add(name);
      waiting.push(damage);
    },
    take() {
      const taken = waiting;
      waiting = [];
      return taken;
    },
  };
}

/**
 * Reports noted values: an audit event and a log line for each value that was not reported before. Never throws,
 * because a failed report must not fail the request that found the damage.
 */
export async function reportDamage(deps: Deps): Promise<void> {
  for (const damage of deps.damage.take()) {
    const { kind, table, column, row } = damage;
    const context = systemContext(deps);
    try {
      const outcome = await commit(
        deps,
        context,
        decided({
          value: undefined,
          changes: [{ type: 'damage.noted', damage, at: context.now }],
          audit: [
            {
              type: 'record.damaged',
              stream: 'system',
              outcome: 'failure',
              resource: { type: table, id: row },
              details: { table, column, kind },
            },
          ],
        }),
      );
      // Stale means that another process has reported it already.
      if (outcome.ok) deps.log.write('error', 'record_damaged', { kind, table, column, row });
    } catch (error) {
      deps.log.failure('damage_not_recorded', error, { kind, table, column, row });
    }
  }
}
