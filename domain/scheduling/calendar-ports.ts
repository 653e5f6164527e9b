/** The loads of calendar feeds. */
import type { Load } from '../shared/changes.ts';
import type { RecordedLoad } from '../shared/database.ts';
import type { UserId } from '../shared/ids.ts';
import type { Role } from '../shared/permissions.ts';
import type { Instant } from '../shared/time.ts';
import type { CalendarFeed } from './calendar-feed.ts';
import type { CalendarVisit } from './calendar-visit.ts';
import type { Clinic } from './clinic-settings.ts';
import type { AppointmentRecord } from './ports.ts';

/** The content of a calendar feed. */
export interface FeedContent {
  readonly feed: CalendarFeed;
  /** Tells whether the owner is the patient or the doctor of the appointments. */
  readonly ownerRole: Role;
  /** Of the owner's profile, BCP 47. */
  readonly language: string;
  readonly appointments: readonly (CalendarVisit & Pick<AppointmentRecord, 'doctorName'>)[];
  readonly clinic: Clinic;
}

/** How many appointments a feed shows. */
export interface FeedLimits {
  /** Start of the past that it shows. */
  readonly from: Instant;
  readonly now: Instant;
  /** Before `now`: the last ones are kept. */
  readonly past: number;
  /** From `now` on: the next ones are kept. */
  readonly toCome: number;
}

export interface CalendarLoads {
  liveFeeds(userId: UserId): Load<CalendarFeed[]>;
  /** Recorded in the stream of the feed's owner. Reason, symptoms and notes are left out. */
  feedRead(secretHash: Uint8Array, limits: FeedLimits): RecordedLoad<FeedContent | undefined>;
}
