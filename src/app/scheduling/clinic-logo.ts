/** The clinic's logo: a file, whose name is kept with the settings. */
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import { DELETE_FILES } from '../../../domain/privacy/erasure.ts';
import { changeLogo, type LogoNotFound } from '../../../domain/scheduling/clinic-settings.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { StoredFile } from '../../../domain/shared/ports.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import type { ExpectedVersion, StaleVersion } from '../../../domain/shared/version.ts';
import { execute } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { type EffectiveClinic, effective, settingsAudit } from './clinic-settings.ts';

const FOLDER = 'clinic/logo';

export async function readLogo(deps: Deps): Promise<StoredFile | undefined> {
  const [{ logoKey }] = await deps.database.load(deps.loads.scheduling.clinic());
  return logoKey === null ? undefined : deps.files.get(logoKey);
}

export async function setLogo(
  deps: Deps,
  context: Context,
  picture: { readonly bytes: Uint8Array; readonly contentType: string },
  expected: ExpectedVersion,
) {
  const key = `${FOLDER}/${newId<'file'>(deps, context.now)}`;
  await deps.files.put(key, picture.bytes, picture.contentType);
  const result = await change(deps, context, key, expected);
  if (!result.ok) await deps.files.delete(key);
  return result;
}

export function removeLogo(deps: Deps, context: Context, expected: ExpectedVersion) {
  return change(deps, context, null, expected);
}

/** The former file is deleted by a job of the same batch. */
function change(deps: Deps, context: Context, key: string | null, expected: ExpectedVersion) {
  return execute(deps, context, {
    loads: [deps.loads.scheduling.clinic()],
    decide: (current): Result<Decision<StoredSchedulingChange, EffectiveClinic>, StaleVersion | LogoNotFound> => {
      const changed = changeLogo(current, key, expected, context.now);
      if (!changed.ok) return changed;
      const [before, after] = [effective(deps, current), effective(deps, changed.value.clinic)];
      const { logoKey: former } = current;
      return ok(
        decided({
          value: after,
          changes: [changed.value],
          audit: [settingsAudit(before, after)],
          jobs: former === null ? [] : [{ topic: DELETE_FILES, payload: { keys: JSON.stringify([former]) } }],
        }),
      );
    },
  });
}
