/** Answers of commands, which are stored for repeated requests (R31). */
import type { Context as HonoContext } from 'hono';
import type { Representation } from '../app/command.ts';
import type { AppEnv } from './env.ts';
import { sendLocation, sendVersion } from './etag.ts';
import type { Link } from './links.ts';
import type { ErrorCode } from './problems.ts';
import { Problem } from './problems.ts';

/** Sets `Location` and `ETag` of an answer. A repeated request gets the stored answer. */
export function answer<T>(c: HonoContext<AppEnv>, { body, location }: Representation): T {
  sendLocation(c, location);
  const { version } = body as { version?: unknown };
  if (typeof version === 'number') sendVersion(c, version);
  return body as T;
}

/** What was created, as it is presented; its `Location` is its link to itself. */
export function createdAs<T, B extends { readonly _links: { readonly self: Link } }>(present: (value: T) => B) {
  return (value: T) => {
    const body = present(value);
    return { status: 201, body, location: body._links.self.href } as const;
  };
}

/** The one of a list that the path names, or the problem that there is none. */
export function withId<T extends { readonly id: string }>(all: readonly T[], id: string, absent: ErrorCode): T {
  const found = all.find((each) => each.id === id);
  if (found === undefined) throw new Problem({ code: absent });
  return found;
}
