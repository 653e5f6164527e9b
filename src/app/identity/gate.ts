/** Where every way of signing in ends, before there is a session. */
import type { User } from '../../../domain/identity/user.ts';
import type { SignInGrant } from '../../../domain/shared/sign-in.ts';
import type { Instant } from '../../../domain/shared/time.ts';

export function passGate(user: User, amr: readonly string[], now: Instant): SignInGrant {
  return { userId: user.id, amr, grantedAt: now } as SignInGrant;
}
