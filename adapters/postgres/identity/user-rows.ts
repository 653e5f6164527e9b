/** An account as it is stored. */
import {
  type AccountHolder,
  type Address,
  hasAddress,
  type User,
  type UserStatus,
} from '../../../domain/identity/user.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { Role } from '../../../domain/shared/permissions.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import { mayBeAbsent, type SealedColumnOf } from '../../../domain/shared/sealed-columns.ts';
import type { Row } from '../driver/driver.ts';
import { raw, readDataKey } from '../driver/sql.ts';
import { damageOf, sealedRow } from '../sealed/sealed-row.ts';

export const USER_COLUMNS = raw(`u.id, u.email, u.email_verified_at, u.role, u.status, u.first_name, u.last_name,
  u.date_of_birth, u.phone_number, u.phone_verified_at, u.address, EXISTS (SELECT FROM avatars v WHERE v.user_id = u.id) AS has_avatar, u.bio, u.timezone, u.language,
  u.created_at, u.updated_at, u.version`);

export function readUser(found: Row, cipher: FieldCipher): User {
  const dataKey = readDataKey(found);
  // An open account has every required column; a closed one is never read.
  const sealed = sealedRow(cipher, dataKey, 'users', found.id as string);
  const text = (column: SealedColumnOf<'users'>) => sealed.text(column, found[column]);
  const optional = (column: SealedColumnOf<'users'>) => sealed.optional(column, found[column]);
  const status = found.status as UserStatus;
  return {
    id: found.id as UserId,
    email: found.email === null && mayBeAbsent('users', 'email', status) ? null : text('email'),
    emailVerifiedAt: found.email_verified_at as number | null,
    role: found.role as Role,
    status,
    firstName: text('first_name'),
    lastName: text('last_name'),
    dateOfBirth: optional('date_of_birth'),
    phoneNumber: optional('phone_number'),
    phoneVerifiedAt: found.phone_verified_at as number | null,
    address: sealed.json<Address>('address', found.address),
    hasAvatar: found.has_avatar as boolean,
    bio: optional('bio'),
    timezone: found.timezone as string,
    language: text('language'),
    createdAt: found.created_at as number,
    updatedAt: found.updated_at as number,
    version: found.version as number,
    dataKey,
    ...damageOf(sealed),
  };
}

/** For loads that find only accounts with an address. */
export function readHolder(found: Row, cipher: FieldCipher): AccountHolder {
  const user = readUser(found, cipher);
  if (!hasAddress(user)) throw new Error('the load must not find a person without an address');
  return user;
}
