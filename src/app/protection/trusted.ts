/** The networks that the clinic trusts. */
import { changeTrusted, type TrustedAddresses } from '../../../domain/protection/trusted-addresses.ts';
import type { Result } from '../../../domain/shared/result.ts';
import type { ExpectedVersion, StaleVersion } from '../../../domain/shared/version.ts';
import { type Contended, execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { forgetRules } from './standing.ts';

export async function readTrusted(deps: Deps): Promise<TrustedAddresses> {
  const [{ trusted }] = await deps.database.load(deps.loads.protection.addressRules());
  return trusted;
}

/** In force in every process with its next request. @param networks canonical */
export async function updateTrusted(
  deps: Deps,
  context: Context,
  networks: readonly string[],
  expected: ExpectedVersion,
): Promise<Result<TrustedAddresses, StaleVersion | Contended>> {
  const result = await execute(deps, context, {
    loads: [deps.loads.protection.addressRules()],
    decide: ({ trusted }) => changeTrusted(trusted, networks, expected, context.now),
  });
  if (result.ok) await forgetRules(deps, context.now);
  return result;
}
