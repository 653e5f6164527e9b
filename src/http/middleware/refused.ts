/** Records what a route refuses to somebody (R46): with the ids that the request named, and for the persons they lead to (R75). */
import type { Context as HonoContext } from 'hono';
import type { Context } from '../../app/context.ts';
import { recordDenial } from '../../app/identity/denials.ts';
import { type Access, permissionsIn } from '../access.ts';
import { DENIALS } from '../denials.ts';
import type { AppEnv } from '../env.ts';
import type { ErrorCode } from '../problems.ts';
import { type DeclaredNames, targetsOf } from '../targets.ts';

export type RecordRefused = (c: HonoContext<AppEnv>, context: Context, code: ErrorCode) => Promise<void>;

/**
 * @param route `METHOD /path`
 * @param declared where ids may stand beside the path
 */
export function refusalsOf(access: Access, route: string, declared: DeclaredNames): RecordRefused {
  const [method = '', path = ''] = route.split(' ');
  const manages = path.startsWith('/api/v1/doctors/') && isManaging(access);
  return async (c, context, code) => {
    const denial = DENIALS[code] ?? 'absent';
    if (denial === 'absent' || denial === 'elsewhere' || (denial === 'managed' && !manages)) return;
    const { actor } = context;
    const isKnown = actor.kind === 'user' || actor.kind === 'api_key';
    if (!isKnown && denial !== 'anonymous') return;
    const targets = await targetsOf(c, path, declared);
    // What is missing of one's own account is no refusal.
    if (isKnown && code === 'not_found' && targets[0]?.id === actor.userId) return;
    // A doctor whom somebody wanted to book is not who was wronged.
    const concerned = targets.filter(({ type }) => type !== 'doctor' || manages);
    await recordDenial(c.get('deps'), context, { method, route: path, code, targets, concerned });
  };
}

function isManaging(access: Access): boolean {
  if (access === 'public' || access === 'signed_in' || access === 'queue') return false;
  return permissionsIn(access).includes('manage:availability');
}
