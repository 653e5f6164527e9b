/** Settings of the clinic. The limits on cancelling and moving apply to patients only. */
export interface SchedulingPolicy {
  /** Until how long before the start a patient may cancel; 0: until the start. */
  readonly cancelNoticeMinutes: number;
  /** Until how long before the start a patient may move the appointment; 0: until the start. */
  readonly rescheduleNoticeMinutes: number;
  /** How often a patient may move one appointment. */
  readonly maximumReschedules: number;
  /** How long a hold lasts. */
  readonly holdSeconds: number;
  /** How many live holds one holder has at most. */
  readonly maximumHolds: number;
  /** How long before the start check-in opens. Default a day. */
  readonly checkInOpensMinutes: number;
  /** How long after the start an appointment can be marked as a no-show. Default 0: from the start. */
  readonly noShowAfterMinutes: number;
  /** How long an offer of the waitlist can be accepted. */
  readonly offerMinutes: number;
  /** How many open waitlist entries one patient has at most. */
  readonly maximumWaitlistEntries: number;
  /** How far back the clinic may place an appointment that was not booked before. Default a day. */
  readonly backdateMinutes: number;
  /** How many appointments an overbooking may overlap. */
  readonly maximumOverbooked: number;
  /** The age in years at which a parent no longer acts for a child. */
  readonly parentalAgeLimit: number;
  /** How many free slots a refusal proposes. */
  readonly alternatives: number;
}

/** The limits that the clinic chooses in its settings. */
export type ClinicLimits = Pick<
  SchedulingPolicy,
  | 'cancelNoticeMinutes'
  | 'rescheduleNoticeMinutes'
  | 'maximumReschedules'
  | 'checkInOpensMinutes'
  | 'noShowAfterMinutes'
  | 'offerMinutes'
  | 'parentalAgeLimit'
>;

/** As stored. Until the clinic has saved its settings, none is chosen, and the environment's values apply. */
export type ChosenLimits = Partial<ClinicLimits>;

export const LIMIT_BOUNDS: Readonly<Record<keyof ClinicLimits, { readonly least: number; readonly most: number }>> = {
  cancelNoticeMinutes: { least: 0, most: 43_200 },
  rescheduleNoticeMinutes: { least: 0, most: 43_200 },
  maximumReschedules: { least: 0, most: 100 },
  checkInOpensMinutes: { least: 0, most: 43_200 },
  noShowAfterMinutes: { least: 0, most: 1440 },
  offerMinutes: { least: 1, most: 10_080 },
  parentalAgeLimit: { least: 1, most: 150 },
};

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
  backdateMinutes: 1440,
  maximumOverbooked: 3,
  parentalAgeLimit: 18,
  alternatives: 5,
};
