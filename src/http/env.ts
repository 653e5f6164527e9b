/** The values that Hono carries through a request. */
import type { Location } from '../../domain/identity/sign-in-risk.ts';
import type { ProviderNotice } from '../../domain/notifications/provider-notices.ts';
import type { Priority } from '../../domain/shared/bounds.ts';
import type { Context, Deps } from '../app/context.ts';
import type { AppliedLimit } from '../app/limits.ts';
import type { Stranger } from '../app/protection/memory.ts';
import type { Operation } from './operation.ts';
import type { Platform } from './platform.ts';

export interface AppEnv {
  /** Passed by the entry point with each request. */
  Bindings: {
    readonly platform: Platform;
    readonly clientAddress: string | null;
    /** The client's location as the platform determined it. Default: unknown. */
    readonly clientLocation?: Location | null;
    /** Whether the request runs again because its caller was not who was presumed. */
    readonly isRepeated?: boolean;
    /** That of the request which runs again. Default: that of the header `traceparent`, or a new one. */
    readonly traceId?: string;
  };
  Variables: {
    readonly requestId: string;
    /** 32 hexadecimal digits: that of the caller, or a new one. Other systems know the request by it. */
    readonly traceId: string;
    readonly deps: Deps;
    readonly context: Context;
    /** Whether the clinic trusts the address of the request: limits by address do not apply. */
    readonly isTrusted: boolean | undefined;
    /** Set if the request has no valid credential: what the address has to expect. */
    readonly stranger: Stranger | undefined;
    /** Set if the request gave a wrong credential. */
    readonly guessed: boolean | undefined;
    /** The limits that have counted the request so far. Unset if there is none. */
    readonly counted: readonly AppliedLimit[] | undefined;
    /** The bytes of the body, once they have been received. Unset if there is none. */
    readonly body: Uint8Array | undefined;
    /** What a provider tells, once its signature is verified. */
    readonly notices: readonly ProviderNotice[];
    /** Unset if no route matched, and until the body has been received. */
    readonly operation: Operation;
    /**
     * Deadline in the time of `performance.now()`; unset while the body arrives, and for requests that work in steps.
     */
    readonly endsAt: number;
    /** Sets the priority of the request's database work. */
    readonly prioritise: (priority: Priority) => void;
    /** Lifts the deadline of the whole request. */
    readonly workInSteps: () => void;
  };
}
