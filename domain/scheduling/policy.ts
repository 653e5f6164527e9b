/** What a clinic decides for itself. Staff, doctors and administrators are not bound by the patients' limits. */
export interface SchedulingPolicy {
  /** How long before the start a patient may still cancel; 0 until it starts. */
  readonly cancelNoticeMinutes: number;
  /** The same for moving it. */
  readonly rescheduleNoticeMinutes: number;
  /** How often a patient may move one appointment. */
  readonly maximumReschedules: number;
  /** How long a hold lives. */
  readonly holdSeconds: number;
  /** How many live holds one holder has at most. */
  readonly maximumHolds: number;
  /** How long before the start check-in opens. Default a day. */
  readonly checkInOpensMinutes: number;
  /** How long after the start somebody is a no-show. Default 0: once it has started. */
  readonly noShowAfterMinutes: number;
  /** How long an offer of the waitlist stands. */
  readonly offerMinutes: number;
  /** How many open waitlist entries one patient has at most. */
  readonly maximumWaitlistEntries: number;
  /** How many slots a refusal proposes instead. */
  readonly alternatives: number;
}

export const DEFAULT_POLICY: SchedulingPolicy = {
  cancelNoticeMinutes: 0,
  rescheduleNoticeMinutes: 0,
  maximumReschedules: 10,
  holdSeconds: 600,
  maximumHolds: 3,
  checkInOpensMinutes: 1440,
  noShowAfterMinutes: 0,
  offerMinutes: 30,
  maximumWaitlistEntries: 10,
  alternatives: 5,
};
