/** A sample account. */
import type { AccountHolder } from '../../../domain/identity/user.ts';
import type { UserId } from '../../../domain/shared/ids.ts';

export const NOW = Date.UTC(2026, 10, 20, 12);

export function sampleUser(more: Partial<AccountHolder> = {}): AccountHolder {
  const id = more.id ?? ('0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f' as UserId);
  return {
    id,
    email: 'ada@example.org',
    emailVerifiedAt: NOW,
    role: 'patient',
    status: 'active',
    firstName: 'Ada',
    lastName: 'Example',
    dateOfBirth: null,
    phoneNumber: null,
    phoneVerifiedAt: null,
    address: null,
    hasAvatar: false,
    bio: null,
    timezone: 'UTC',
    language: 'en',
    createdAt: NOW,
    updatedAt: NOW,
    version: 3,
    dataKey: { ownerId: id, ringKeyId: '1', wrapped: new Uint8Array(60) },
    ...more,
  };
}
