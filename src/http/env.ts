/** What Hono carries through a request. */
import type { Context, Deps } from '../app/context.ts';
import type { Platform } from './platform.ts';

export interface AppEnv {
  /** Given by the entry point with each request. */
  Bindings: { readonly platform: Platform; readonly clientAddress: string | null };
  Variables: {
    readonly requestId: string;
    readonly deps: Deps;
    readonly context: Context;
  };
}
