/** The settings as the use cases know them. */
import { DEFAULT_POLICY } from '../../domain/scheduling/policy.ts';
import { MILLISECONDS_PER_DAY } from '../../domain/shared/time.ts';
import type { Settings } from '../app/context.ts';
import type { Config } from '../config.ts';

export function schedulingPolicy(config: Config): Settings['scheduling'] {
  return {
    ...DEFAULT_POLICY,
    cancelNoticeMinutes: config.CANCEL_NOTICE_MINUTES,
    rescheduleNoticeMinutes: config.RESCHEDULE_NOTICE_MINUTES,
    maximumReschedules: config.MAX_RESCHEDULES,
    parentalAgeLimit: config.PARENT_PROXY_UNTIL_AGE,
    checkInOpensMinutes: config.CHECK_IN_OPENS_MINUTES,
    noShowAfterMinutes: config.NO_SHOW_AFTER_MINUTES,
    offerMinutes: config.WAITLIST_OFFER_MINUTES,
  };
}

/** Links to files work for a week if nothing else is asked for. */
const PUBLIC_USUAL_DAYS = 7;

export function shareLimits(config: Config): Settings['shares'] {
  const { SHARE_DAYS, SHARE_MAXIMUM_DAYS, PUBLIC_SHARE_MAXIMUM_DAYS } = config;
  const publicLongestMs = PUBLIC_SHARE_MAXIMUM_DAYS * MILLISECONDS_PER_DAY;
  const longestMs = SHARE_MAXIMUM_DAYS * MILLISECONDS_PER_DAY;
  return {
    usualMs: Math.min(SHARE_DAYS * MILLISECONDS_PER_DAY, longestMs),
    longestMs,
    publicUsualMs: Math.min(PUBLIC_USUAL_DAYS * MILLISECONDS_PER_DAY, publicLongestMs),
    publicLongestMs,
  };
}

/** Megabytes and gigabytes are decimal, as those of disks and invoices. */
export function fileLimits({ FILE_MAX_MB, FILE_QUOTA_MB, FILE_TOTAL_GB }: Config): Settings['files'] {
  return {
    maximumBytes: FILE_MAX_MB * 1_000_000,
    personBytes: FILE_QUOTA_MB * 1_000_000,
    clinicBytes: FILE_TOTAL_GB * 1_000_000_000,
  };
}
