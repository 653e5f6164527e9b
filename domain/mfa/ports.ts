/** What mfa needs of the outside world. */
import type { Load } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import type { PersonRef } from '../shared/person.ts';
import type { Instant } from '../shared/time.ts';
import type { MfaChallenge } from './challenge.ts';
import type { PhoneState } from './phone.ts';
import type { MfaState } from './state.ts';
import type { TrustedDevice, TrustedDeviceId } from './trusted-device.ts';

/** Of closed accounts nothing is found. */
export interface MfaLoads {
  state(person: PersonRef): Load<MfaState | undefined>;
  challenge(tokenHash: Uint8Array): Load<MfaChallenge | undefined>;
  phone(person: PersonRef): Load<PhoneState | undefined>;
  trustedDevice(tokenHash: Uint8Array): Load<TrustedDevice | undefined>;
  /** One of the user's, as long as it is trusted. */
  trustedDeviceOf(userId: UserId, id: TrustedDeviceId, now: Instant): Load<TrustedDevice | undefined>;
  /** Those still trusted, last used first; one more than `limit` when there is a next page. */
  trustedDevicesOf(
    userId: UserId,
    now: Instant,
    page: { readonly after: { readonly at: Instant; readonly id: TrustedDeviceId } | null; readonly limit: number },
  ): Load<TrustedDevice[]>;
}
