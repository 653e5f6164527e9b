/** Passes bugs of the log on to an error tracker, so many an hour at most. */
import type { BugReport } from '../../domain/shared/bug-report.ts';
import type { Clock } from '../../domain/shared/ports.ts';

/** Reports in an hour, of all causes together. Of one cause the log passes ten a minute. */
const REPORTS_PER_HOUR = 100;
const HOUR_MS = 3_600_000;

export interface BugReports {
  /** For `createLog`. */
  note(bug: BugReport): void;
  /** Sends what was noted. Never rejects. */
  send(): Promise<void>;
}

/** @param send never rejects */
export function createBugReports(send: (bug: BugReport) => Promise<void>, clock: Clock): BugReports {
  let since = Number.NEGATIVE_INFINITY;
  let count = 0;
  let noted: BugReport[] = [];
  return {
    note(bug) {
      const now = clock.now();
      if (now - since >= HOUR_MS) {
        since = now;
        count = 0;
      }
      count += 1;
      if (count <= REPORTS_PER_HOUR) noted.push(bug);
    },
    async send() {
      const bugs = noted;
      noted = [];
      await Promise.all(bugs.map(send));
    },
  };
}
