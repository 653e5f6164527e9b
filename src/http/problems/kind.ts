import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** What every problem of one code has in common. */
export interface ProblemKind {
  readonly status: ContentfulStatusCode;
  readonly title: string;
  /** What happened and what to do. It is the detail of a problem that has no detail of its own. */
  readonly help: string;
  /** When it is answered: for the pages under `/problems`. */
  readonly cause: string;
  /** The URI of a registered problem type that it is; default: the page of its code. */
  readonly type?: string;
}

/** A problem type of the IANA registry of HTTP problem types (RFC 9457 section 4.2). */
export function registered(name: string, described: ProblemKind): ProblemKind {
  return { ...described, type: `https://iana.org/assignments/http-problem-types#${name}` };
}

export function kind(status: ContentfulStatusCode, title: string, help: string, cause: string): ProblemKind {
  return { status, title, help, cause };
}
