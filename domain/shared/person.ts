/** How somebody is found before anything is loaded of them: one round trip then loads all there is to know. */
import type { UserId } from './ids.ts';

export type PersonRef =
  | { readonly by: 'id'; readonly userId: UserId }
  /** Normalised. */
  | { readonly by: 'email'; readonly email: string }
  /** Whoever was asked for a second factor with this token. */
  | { readonly by: 'challenge'; readonly tokenHash: Uint8Array };
