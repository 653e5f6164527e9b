import { expect, test } from 'vitest';
import { type AvatarOwner, changeAvatar } from '../../../domain/identity/avatar.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';

const OWNER: AvatarOwner = {
  userId: 'u' as UserId,
  dataKey: {} as DataKey,
  avatar: null,
  objects: ['avatars/u/newer'],
};

test('a change instead of one picture is refused once another is stored', () => {
  expect(changeAvatar(OWNER, null, 0, 'avatars/u/former')).toEqual({ ok: false, error: { code: 'not_found' } });
  expect(changeAvatar(OWNER, null, 0, 'avatars/u/newer').ok).toBe(true);
  expect(changeAvatar(OWNER, null, 0).ok).toBe(true);
});
