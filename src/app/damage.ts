/** Damaged values are reported once, and cost nothing but themselves (R78). */
import type { Change } from '../../domain/changes.ts';
import { decided } from '../../domain/shared/changes.ts';
import type { Damage } from '../../domain/shared/sealed-columns.ts';
import { commit } from './command.ts';
import type { DamageRegister, Deps } from './context.ts';
import { systemContext } from './identity/first-admin.ts';

/** How many places are remembered as reported. Beyond that the database alone keeps reports from coming twice. */
const REMEMBERED = 10_000;
/** How many wait to be reported. What does not fit is noted again when it is met again. */
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
 * Records what was noted: an event and a line of the log for each value that nobody has reported before. Never throws: a
 * report that fails must not cost the request that met the damage.
 */
export async function reportDamage(deps: Deps): Promise<void> {
  for (const damage of deps.damage.take()) {
    const { kind, table, column, row } = damage;
    const context = systemContext(deps);
    try {
      const outcome = await commit(
        deps,
        context,
        decided<Change, void>({
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
      // Stale: somebody has reported it before.
      if (outcome.ok) deps.log.write('error', 'record_damaged', { kind, table, column, row });
    } catch (error) {
      deps.log.failure('damage_not_recorded', error, { kind, table, column, row });
    }
  }
}
