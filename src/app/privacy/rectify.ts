/** Correction of a profile on behalf of the person (GDPR Art. 16). */
import type { Change, Decision } from '../../../domain/changes.ts';
import { changeProfile, type ProfileFields } from '../../../domain/identity/account.ts';
import type { User } from '../../../domain/identity/user.ts';
import { onBehalfOf, type RequestGround, tellOnBehalf } from '../../../domain/privacy/on-behalf.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { ExpectedVersion, StaleVersion } from '../../../domain/shared/version.ts';
import { execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';

export function rectifyProfile(
  deps: Deps,
  context: Context,
  userId: UserId,
  profile: Partial<ProfileFields>,
  ground: RequestGround,
  expected: ExpectedVersion,
) {
  return execute(deps, context, {
    loads: [deps.loads.identity.user(userId)],
    decide: (user): Result<Decision<Change, User>, { readonly code: 'not_found' } | StaleVersion> => {
      if (user === undefined) return refuse({ code: 'not_found' });
      const { firstName, lastName, dateOfBirth, phoneNumber, address, bio, timezone, language } = user;
      const current = { firstName, lastName, dateOfBirth, phoneNumber, address, bio, timezone, language };
      const changed = changeProfile(user, { ...current, ...profile }, expected, context.now);
      if (!changed.ok) return changed;
      const { value } = changed;
      return ok({
        ...value,
        audit: [...value.audit, onBehalfOf(userId, 'rectified', { type: 'user', id: userId }, ground)],
        messages: [...value.messages, tellOnBehalf({ userId, dataKey: user.dataKey }, 'rectified')],
      });
    },
  });
}
