/** Findings of the detection, for administrators. */
import {
  close,
  type FindingRefused,
  type SecurityFinding,
  type SecurityFindingId,
} from '../../../domain/protection/finding.ts';
import type { FindingQuery } from '../../../domain/protection/ports.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { Result } from '../../../domain/shared/result.ts';
import type { ExpectedVersion, StaleVersion } from '../../../domain/shared/version.ts';
import { type Contended, execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';

export async function readFindings(deps: Deps, query: FindingQuery): Promise<SecurityFinding[]> {
  const [findings] = await deps.database.load(deps.loads.protection.findings(query));
  return findings;
}

export async function readFinding(deps: Deps, id: SecurityFindingId): Promise<SecurityFinding | undefined> {
  const [stored] = await deps.database.load(deps.loads.protection.finding(id));
  return stored?.finding;
}

/** The rule counts anew from now on. */
export function closeFinding(
  deps: Deps,
  context: Context,
  id: SecurityFindingId,
  closing: { readonly note: string; readonly by: UserId; readonly expected: ExpectedVersion },
): Promise<Result<SecurityFinding, FindingRefused | StaleVersion | Contended>> {
  return execute(deps, context, {
    loads: [deps.loads.protection.finding(id)],
    decide: (stored) => close(stored?.finding, stored?.dataKey, closing, context.now),
  });
}
