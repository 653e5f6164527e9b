/** The clinic's logo: a file, made anew from what was uploaded (ADR 0262). Its name is kept with the settings. */
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import type { Shape, SmallPictureType } from '../../../domain/files/ports.ts';
import { DELETE_FILES } from '../../../domain/privacy/erasure.ts';
import { changeLogo, type LogoNotFound } from '../../../domain/scheduling/clinic-settings.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { StoredFile } from '../../../domain/shared/ports.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import type { ExpectedVersion, StaleVersion } from '../../../domain/shared/version.ts';
import { execute } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { readWhole } from '../files/bytes.ts';
import { madeAnew, type PictureRefused } from '../files/made-anew.ts';
import { type EffectiveClinic, effective, settingsAudit } from './clinic-settings.ts';

const FOLDER = 'clinic/made-logo';
/** Where a version before has kept logos as they were uploaded. */
const FORMER_FOLDER = 'clinic/logo';

/** The first that takes no more than {@link LARGEST_BYTES} is kept. The last one always does: it has 64 kB before it is compressed. */
const SHAPES: readonly Shape[] = [512, 256, 128].map((side) => ({ side, fit: 'inside' }));
/** As many as may be uploaded: mails hold the logo. */
const LARGEST_BYTES = 100 * 1024;

interface Logo {
  readonly bytes: Uint8Array;
  readonly type: SmallPictureType;
}

export async function readLogo(deps: Deps): Promise<StoredFile | undefined> {
  const [{ logoKey }] = await deps.database.load(deps.loads.scheduling.clinic());
  return logoKey === null ? undefined : deps.files.get(logoKey);
}

/** @throws Unavailable if no scanner is set, something that is needed is away, or there are as many uploads as there may be */
export function setLogo(deps: Deps, context: Context, uploaded: Uint8Array, expected: ExpectedVersion) {
  const { actor } = context;
  return deps.uploads.run('userId' in actor ? actor.userId : null, async () => {
    const made = await logoOf(deps, uploaded);
    return made.ok ? keep(deps, context, made.value, expected) : made;
  });
}

/** Logos are often transparent, and WebP is not shown by all mail programs: what is no JPEG becomes a PNG. */
async function logoOf(deps: Deps, uploaded: Uint8Array): Promise<Result<Logo, PictureRefused>> {
  let type: SmallPictureType = 'image/png';
  const made = await madeAnew(deps, uploaded, SHAPES, (given) => {
    type = given === 'image/jpeg' ? given : type;
    return type;
  });
  if (!made.ok) return made;
  const fitting = made.value.find(({ bytes }) => bytes.length <= LARGEST_BYTES);
  if (fitting === undefined) throw new Error('the thumbnailer made no small picture');
  return ok({ bytes: fitting.bytes, type });
}

async function keep(deps: Deps, context: Context, { bytes, type }: Logo, expected: ExpectedVersion) {
  const key = `${FOLDER}/${newId<'file'>(deps, context.now)}`;
  await deps.files.put(key, bytes, type);
  const result = await change(deps, context, key, expected);
  if (!result.ok) await deps.files.delete(key);
  return result;
}

/**
 * Called each minute: makes a logo anew that a version before has kept as it was uploaded. Until then it is shown, as it was. What is
 * refused is removed.
 */
export async function renewFormerLogo(deps: Deps, context: Context): Promise<void> {
  const [{ logoKey, version }] = await deps.database.load(deps.loads.scheduling.clinic());
  if (deps.scanner === null || !logoKey?.startsWith(`${FORMER_FOLDER}/`)) return;
  const uploaded = await readWhole(deps, logoKey);
  const made = uploaded && (await logoOf(deps, uploaded));
  if (made?.ok === true) await keep(deps, context, made.value, version);
  else await change(deps, context, null, version);
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
