/** How many messages may leave in a day of the clinic. */

/** Of each channel; `null`: any number. */
export interface DailyCaps {
  readonly email: number | null;
  readonly sms: number | null;
  readonly push: number | null;
}

export const HIGHEST_CAP = 1_000_000;
