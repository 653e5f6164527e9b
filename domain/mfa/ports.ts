/** What mfa needs of the outside world. */
import type { Load } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import type { PersonRef } from '../shared/person.ts';
import type { Instant } from '../shared/time.ts';
import type { MfaChallenge } from './challenge.ts';
import type { PhoneState } from './phone.ts';
import type { MfaState } from './state.ts';
import type { TrustedDevice } from './trusted-device.ts';

/** Of closed accounts nothing is found. */
export interface MfaLoads {
  state(person: PersonRef): Load<MfaState | undefined>;
  challenge(tokenHash: Uint8Array): Load<MfaChallenge | undefined>;
  phone(person: PersonRef): Load<PhoneState | undefined>;
  trustedDevice(tokenHash: Uint8Array): Load<TrustedDevice | undefined>;
  /** Those still trusted, last used first. */
  trustedDevicesOf(userId: UserId, now: Instant): Load<TrustedDevice[]>;
}
