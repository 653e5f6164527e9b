/** A fault: how it begins and ends, what of it the log has to name, and how long coming back may take. */
import type { Load } from './load.ts';
import type { World } from './world.ts';

export interface Fault {
  readonly name: string;
  /** Whether it is in the short form, too. */
  readonly isBrief?: true;
  /** What it needs and is not there, as the reason to skip it. */
  needs?(world: World): string | undefined;
  /**
   * Begins and returns what ends it.
   * @param admin access token of an administrator
   */
  begin(world: World, load: Load, admin: string): Promise<() => Promise<void>>;
  /** What a line of the log has to say. `null` where nothing goes wrong that a log could name. */
  readonly named: RegExp | null;
  /** Bound of the time after its end in which requests may still be refused, in milliseconds. */
  readonly recoversWithin: number;
  /** The least time that it has to last, in milliseconds. */
  readonly lasts?: number;
}

/** What comes back by itself is back within so long. */
export const SOON_MS = 3_000;
/** The log says that the database cannot be reached. */
export const CUT = /"reason":"(unreachable|connection_lost|server_stopping|server_starting)"/;

export const needsRedis = ({ redis }: World) => (redis === undefined ? 'no redis-server is installed' : undefined);
export const needsDisk = ({ database }: World) => database.unfillable;
