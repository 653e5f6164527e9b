/** Pictures of persons: checked, scanned, made anew and sealed before anybody sees them (ADR 0255). */
import type { Change, Decision } from '../../../domain/changes.ts';
import type { Shape } from '../../../domain/files/ports.ts';
import { type Avatar, type AvatarNotFound, changeAvatar } from '../../../domain/identity/avatar.ts';
import { avatarFolder, DELETE_FILES } from '../../../domain/privacy/erasure.ts';
import { toHex } from '../../../domain/shared/bytes.ts';
import { decided, type JobDraft } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { Unavailable } from '../../../domain/shared/ports.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import { type Contended, commit, execute } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { readObject, readWhole, storeObject } from '../files/bytes.ts';
import { madeAnew, type PictureRefused } from '../files/made-anew.ts';
import { recordRefusal } from './denials.ts';

const SHAPE: Shape = { side: 512, fit: 'square' };

/** Deletes a picture that was stored and never noted, such as by a process that died in between. */
export const TIDY_AVATAR = 'identity.tidy_avatar';
/** No request lasts as long. */
const TIDY_AFTER_MS = 15 * 60_000;

/** @throws Unavailable if no scanner is set, something that is needed is away, or there are as many uploads as there may be */
export async function setAvatar(
  deps: Deps,
  context: Context,
  userId: UserId,
  uploaded: Uint8Array,
): Promise<Result<void, PictureRefused | AvatarNotFound | Contended>> {
  return deps.uploads.run(userId, async () => {
    const made = await squareOf(deps, uploaded);
    if (made.ok) return keep(deps, context, userId, made.value);
    await recordRefusal(deps, context, {
      type: 'user.avatar_updated',
      stream: userId,
      resource: { type: 'user', id: userId },
      error: made.error.fault,
    });
    return made;
  });
}

/** What is sent of an uploaded picture: a square of its middle. */
async function squareOf(deps: Deps, uploaded: Uint8Array): Promise<Result<Uint8Array, PictureRefused>> {
  const made = await madeAnew(deps, uploaded, [SHAPE]);
  if (!made.ok) return made;
  const [picture] = made.value;
  if (picture === undefined) throw new Error('the thumbnailer made no picture');
  return ok(picture.bytes);
}

/**
 * A job that deletes the picture if it is not noted comes before its object.
 *
 * @param instead as of `changeAvatar`
 */
async function keep(
  deps: Deps,
  context: Context,
  userId: UserId,
  picture: Uint8Array,
  instead?: string,
): Promise<Result<void, AvatarNotFound | Contended>> {
  const object = `${avatarFolder(userId)}/${newId<'file'>(deps, context.now)}`;
  const fileKey = toHex(deps.fileCipher.newKey());
  const begun = deps.clock.now();
  const tidy = { topic: TIDY_AVATAR, payload: { userId, object }, notBefore: begun + TIDY_AFTER_MS };
  await commit(deps, context, decided({ value: undefined, changes: [], audit: [], jobs: [tidy] }));
  const sealed = await storeObject(deps, { fileKey, key: object, place: avatarFolder(userId) }, picture);
  if (deps.clock.now() >= tidy.notBefore) throw new Unavailable('file storage', { reason: 'timeout' });
  const changed = await change(deps, context, userId, { object, fileKey, ...sealed }, instead);
  // The account was closed meanwhile, the picture that it was made of was replaced, or concurrent changes won every attempt.
  if (!changed.ok) await deps.files.delete(object);
  return changed;
}

export function removeAvatar(deps: Deps, context: Context, userId: UserId) {
  return change(deps, context, userId, null);
}

/** The former picture is deleted by a job of the same batch. */
async function change(
  deps: Deps,
  context: Context,
  userId: UserId,
  avatar: Avatar | null,
  instead?: string,
): Promise<Result<void, AvatarNotFound | Contended>> {
  return execute(deps, context, {
    loads: [deps.loads.identity.avatarOwner(userId)],
    decide: (owner): Result<Decision<Change, void>, AvatarNotFound> => {
      const changed = changeAvatar(owner, avatar, context.now, instead);
      if (!changed.ok) return changed;
      return ok({ ...changed.value, value: undefined, jobs: deletionOf(changed.value.value) });
    },
  });
}

function deletionOf(objects: readonly string[]): readonly JobDraft[] {
  return objects.length === 0 ? [] : [{ topic: DELETE_FILES, payload: { keys: JSON.stringify(objects) } }];
}

export async function tidyAvatar(deps: Deps, { userId = '', object = '' }: { userId?: string; object?: string }) {
  const [owner] = await deps.database.load(deps.loads.identity.avatarOwner(userId as UserId));
  if (owner?.objects.includes(object) !== true) await deps.files.delete(object);
}

/** @returns undefined if there is none */
export async function readAvatarBytes(
  deps: Deps,
  userId: UserId,
): Promise<{ readonly avatar: Avatar; readonly bytes: AsyncGenerator<Uint8Array> } | undefined> {
  const [owner] = await deps.database.load(deps.loads.identity.avatarOwner(userId));
  const avatar = owner?.avatar ?? null;
  return avatar === null ? undefined : { avatar, bytes: avatarBytes(deps, userId, avatar) };
}

export function avatarBytes(
  deps: Pick<Deps, 'files' | 'fileCipher'>,
  userId: UserId,
  { object, ...sealed }: Avatar,
): AsyncGenerator<Uint8Array> {
  return readObject(deps, { ...sealed, key: object, place: avatarFolder(userId) });
}

/** Of pictures, in one minute. */
const AT_ONCE = 5;

/**
 * Called each minute: makes pictures anew that a version before has kept as they were uploaded. Until then they are not sent. One
 * that fails is tried again in another minute, and holds up no other.
 */
export async function renewFormerAvatars(deps: Deps, context: Context): Promise<void> {
  if (deps.scanner === null) return;
  const order = toHex(deps.random.bytes(8));
  const [former] = await deps.database.load(deps.loads.identity.formerAvatars(AT_ONCE, order));
  for (const { userId, object } of former) {
    try {
      await renew(deps, context, userId, object);
    } catch (error) {
      deps.log.failure('avatar_not_renewed', error, { userId });
    }
  }
}

/** What is refused is removed. A picture that came meanwhile stays. */
async function renew(deps: Deps, context: Context, userId: UserId, former: string): Promise<void> {
  const uploaded = await readWhole(deps, former);
  const made = uploaded && (await squareOf(deps, uploaded));
  if (made?.ok === true) await keep(deps, context, userId, made.value, former);
  else await change(deps, context, userId, null, former);
}
