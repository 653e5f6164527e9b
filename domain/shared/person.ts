/** The key by which a person is looked up, so that one round trip can load everything about them. */
import type { UserId } from './ids.ts';

export type PersonRef =
  | { readonly by: 'id'; readonly userId: UserId }
  /** Normalised e-mail address. */
  | { readonly by: 'email'; readonly email: string }
  /** The person of the MFA challenge that has this token. */
  | { readonly by: 'challenge'; readonly tokenHash: Uint8Array };
