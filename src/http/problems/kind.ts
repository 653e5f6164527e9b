import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** What every problem of one code has in common. */
export interface ProblemKind {
  readonly status: ContentfulStatusCode;
  readonly title: string;
  /** What happened and what to do. It is the detail of a problem that has no detail of its own. */
  readonly help: string;
  /** When it is answered: for the pages under `/problems`. */
  readonly cause: string;
}

export function kind(status: ContentfulStatusCode, title: string, help: string, cause: string): ProblemKind {
  return { status, title, help, cause };
}
