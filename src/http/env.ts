/** What Hono carries through a request. */
import type { Location } from '../../domain/identity/sign-in-risk.ts';
import type { Priority } from '../../domain/shared/bounds.ts';
import type { Context, Deps } from '../app/context.ts';
import type { Operation } from './operation.ts';
import type { Platform } from './platform.ts';

export interface AppEnv {
  /** Given by the entry point with each request. */
  Bindings: {
    readonly platform: Platform;
    readonly clientAddress: string | null;
    /** Where the client is, as the platform sees it. Default: unknown. */
    readonly clientLocation?: Location | null;
  };
  Variables: {
    readonly requestId: string;
    readonly deps: Deps;
    readonly context: Context;
    /** Unset where no route matched, and until its body is there. */
    readonly operation: Operation;
    /** When the request is given up, as `performance.now()` tells; unset while its body arrives, and for what works in steps. */
    readonly endsAt: number;
    /** How urgent the request is for the database. */
    readonly prioritise: (priority: Priority) => void;
    /** Lifts the deadline of the request as a whole. */
    readonly workInSteps: () => void;
  };
}
