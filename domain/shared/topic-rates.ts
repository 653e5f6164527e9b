/** How many jobs of a topic may be begun in a minute, by all processes together. */

/** Jobs a minute, by topic. A topic that is not named has no limit. */
export type TopicRates = Readonly<Record<string, number>>;

/**
 * Jobs up to this priority never wait for the rate: codes, alerts and what is told of the security of an account. They count, so
 * that the others wait the longer, by a minute at most.
 */
export const URGENT_PRIORITY = 2;

/** A rate is given out in portions, so that what waits for it is worked on together. */
export const PORTION_SECONDS = 10;
