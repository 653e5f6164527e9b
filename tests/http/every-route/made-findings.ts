import { expect } from 'vitest';
import { judge } from '../../../domain/protection/finding.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { commit } from '../../../src/app/command.ts';
import { newId } from '../../../src/app/context.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import type { Portal } from '../../support/portal.ts';

/** A finding about each of these accounts. @returns their ids */
export async function raiseFindings({ deps, clock }: Portal, personIds: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const personId of personIds) {
    clock.advance(1);
    const at = clock.now();
    const subject = { kind: 'account', personId: personId as UserId } as const;
    const seen = { rule: 'guesses_at_account', target: 'one', weight: 1, at, isGrave: false, session: null } as const;
    const suspect = { rule: seen.rule, subject, sightings: [{ ...seen, subject }] };
    const id = newId<'security_finding'>(deps, at);
    const judged = judge(suspect, undefined, 1, { id, dataKey: deps.cipher.newKey(id) }, at);
    expect((await commit(deps, systemContext(deps), judged)).ok).toBe(true);
    ids.push(id);
  }
  return ids;
}
