import type { Logo } from '../../../domain/mail-logo.ts';
import type { Instant } from '../../../domain/shared/time.ts';

/** What a process or isolate has read: the one logo that the clinic had last. */
export interface LogoMemory {
  held: { readonly key: string; readonly logo: Logo | null } | null;
  /** The storage is not asked before. */
  awayUntil: Instant;
}
