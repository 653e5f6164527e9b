import { CACHE_SCRIPTS, type CacheScript } from './cache-scripts.ts';

/**
 * All Lua scripts that run in Redis. They are passed to the client when it is created, because a pipeline only knows
 * scripts that were defined before it was opened: a script defined later would be missing in the pipeline of that turn.
 */

/**
 * The sliding window of `@upstash/ratelimit`: decides and counts atomically, so that parallel uses cannot exceed the
 * limit. The time comes from the caller's clock; Redis' own clock only expires the keys.
 */
const SLIDING_WINDOW = `
local limit, now, length = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local current = tonumber(redis.call('GET', KEYS[1]) or 0)
local previous = tonumber(redis.call('GET', KEYS[2]) or 0)
local weighted = math.floor((1 - (now % length) / length) * previous)
if weighted + current >= limit then return -1 end
if ARGV[4] == '0' then return limit - weighted - current end
current = redis.call('INCR', KEYS[1])
if current == 1 then redis.call('PEXPIRE', KEYS[1], length * 2 + 1000) end
return limit - weighted - current
`;

/** If the count has expired meanwhile, nothing is refunded: a negative count would let more requests through. */
const GIVE_BACK = `
if tonumber(redis.call('GET', KEYS[1]) or 0) > 0 then redis.call('DECR', KEYS[1]) end
return 0
`;

/** Scripts of the versioned cache take the number of their keys, the keys and the arguments. */
type CacheCommands = Record<CacheScript, (keys: number, ...rest: string[]) => Promise<unknown>>;

export interface ScriptCommands extends CacheCommands {
  /** @param uses 0 only looks. @returns how many uses remain, or -1 if one more is refused */
  slidingWindow(
    ...script: [current: string, previous: string, limit: number, now: number, length: number, uses: 0 | 1]
  ): Promise<number>;
  giveBack(current: string): Promise<number>;
}

export const SCRIPTS: Readonly<Record<keyof ScriptCommands, { lua: string; numberOfKeys?: number }>> = {
  ...(Object.fromEntries(Object.entries(CACHE_SCRIPTS).map(([name, lua]) => [name, { lua }])) as Record<
    CacheScript,
    { lua: string }
  >),
  slidingWindow: { lua: SLIDING_WINDOW, numberOfKeys: 2 },
  giveBack: { lua: GIVE_BACK, numberOfKeys: 1 },
};
