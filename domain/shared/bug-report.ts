/** What an error tracker is told of a bug: the same scrubbed parts that the log has. */
export interface BugReport {
  /** As in the log: `bug`, `job_failed`, `uncaught_exception`. */
  readonly event: string;
  /** Class of the error. */
  readonly name: string;
  readonly code?: string | undefined;
  /** Frames, the innermost first. */
  readonly stack: readonly string[];
  /** Request id, trace id, route, method, topic: templates and ids of ours. */
  readonly fields: Readonly<Record<string, string>>;
}
