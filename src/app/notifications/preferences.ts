/** What a person has chosen about messages. */
import {
  ON_ITS_WAY_MS,
  updatePreferences,
  type WantedPreferences,
} from '../../../domain/notifications/own-preferences.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import type { ExpectedVersion } from '../../../domain/shared/version.ts';
import { execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';

export function changeOwnPreferences(
  deps: Deps,
  context: Context,
  { userId }: KnownActor,
  input: WantedPreferences,
  expected: ExpectedVersion,
) {
  const { preferences, held } = deps.loads.notifications;
  return execute(deps, context, {
    loads: [preferences(userId), held(userId, context.now + ON_ITS_WAY_MS)],
    decide: (current, waiting) => updatePreferences(userId, current, waiting, { input, expected }, context.now),
  });
}
