/**
 * The scripts of the versioned cache. A mark is a random text. While changes of its tag are being committed it is `!` and, for
 * each of them, `writer@end,`: the end is when it counts as dead.
 */

/**
 * KEYS: entry, lease, renewal, tags. ARGV: new mark, now, how long marks live, how long before its end a lease is renewed, how
 * long nobody else is asked to. Missing marks are made: an entry under a mark that was evicted never counts again.
 * @returns entry, lease, 1 if the caller should renew it, marks
 */
const READ = `
local marks = {}
for i = 4, #KEYS do
  local mark = redis.call('GET', KEYS[i])
  if not mark then
    mark = ARGV[1]
    redis.call('SET', KEYS[i], mark, 'PX', ARGV[3])
  end
  marks[i - 3] = mark
end
local lease = redis.call('GET', KEYS[2]) or ''
local ends = tonumber(string.match(lease, '^(%d+) ') or 0)
local renews = 0
if ends - tonumber(ARGV[2]) < tonumber(ARGV[4]) and redis.call('SET', KEYS[3], '1', 'NX', 'PX', ARGV[5]) then renews = 1 end
return { redis.call('GET', KEYS[1]) or '', lease, renews, unpack(marks) }
`;

/** KEYS: entry, index, tags. ARGV: value, time to live, now, name in the index, marks. @returns 1 if it was stored */
const STORE = `
for i = 3, #KEYS do
  if redis.call('GET', KEYS[i]) ~= ARGV[i + 2] then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local now, ends = tonumber(ARGV[3]), tonumber(ARGV[3]) + tonumber(ARGV[2])
redis.call('ZADD', KEYS[2], ends, ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
`;

/**
 * KEYS: when each family was invalidated, tags. ARGV: writer, now, when it counts as dead, how long the mark lives, how
 * long the families do, families.
 */
const BEGIN = `
for i = 6, #ARGV do redis.call('HSET', KEYS[1], ARGV[i], ARGV[2]) end
redis.call('PEXPIRE', KEYS[1], ARGV[5])
for i = 2, #KEYS do
  local mark, alive = redis.call('GET', KEYS[i]) or '', ''
  if string.sub(mark, 1, 1) == '!' then
    for writer, ends in string.gmatch(string.sub(mark, 2), '([^@]+)@(%d+),') do
      if tonumber(ends) > tonumber(ARGV[2]) then alive = alive .. writer .. '@' .. ends .. ',' end
    end
  end
  redis.call('SET', KEYS[i], '!' .. alive .. ARGV[1] .. '@' .. ARGV[3] .. ',', 'PX', ARGV[4])
end
return 0
`;

/** KEYS: tags. ARGV: writer, now, new mark, how long marks live. */
const END = `
for i = 1, #KEYS do
  local mark, alive = redis.call('GET', KEYS[i]) or '', ''
  if string.sub(mark, 1, 1) == '!' then
    for writer, ends in string.gmatch(string.sub(mark, 2), '([^@]+)@(%d+),') do
      if writer ~= ARGV[1] and tonumber(ends) > tonumber(ARGV[2]) then alive = alive .. writer .. '@' .. ends .. ',' end
    end
  end
  if alive == '' then redis.call('SET', KEYS[i], ARGV[3], 'PX', ARGV[4])
  else redis.call('SET', KEYS[i], '!' .. alive, 'KEEPTTL') end
end
return 0
`;

/** KEYS: lease. ARGV: epoch, end, how long it is kept. A lease that arrives late does not replace a later one. */
const RENEW = `
local ends = tonumber(string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) ') or 0)
if ends < tonumber(ARGV[2]) then redis.call('SET', KEYS[1], ARGV[2] .. ' ' .. ARGV[1], 'PX', ARGV[3]) end
return 0
`;

/**
 * KEYS: when each family was invalidated, counts, indexes of the kinds. ARGV: now, how many of the keys are counts.
 * @returns fields and values by turns: of the families, and of all counts; entries and the first end of each kind
 */
const USAGE = `
local counts, kinds = {}, {}
for i = 2, #KEYS do
  if i <= tonumber(ARGV[2]) + 1 then
    for _, each in ipairs(redis.call('HGETALL', KEYS[i])) do counts[#counts + 1] = each end
  else
    redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', ARGV[1])
    kinds[#kinds + 1] = redis.call('ZCARD', KEYS[i])
    kinds[#kinds + 1] = redis.call('ZRANGE', KEYS[i], 0, 0, 'WITHSCORES')[2] or '0'
  end
end
return { redis.call('HGETALL', KEYS[1]), counts, kinds }
`;

/** KEYS: index of the kind. ARGV: what stands before the names in the index. Frees a bounded number; the rest expires. */
const CLEAR = `
for first = 0, 9000, 1000 do
  local names = redis.call('ZRANGE', KEYS[1], first, first + 999)
  if #names == 0 then break end
  for i = 1, #names do names[i] = ARGV[1] .. names[i] end
  redis.call('UNLINK', unpack(names))
end
redis.call('DEL', KEYS[1])
return 0
`;

/** KEYS: index of the kind, entries. ARGV: names in the index. */
const REMOVE = `
redis.call('DEL', unpack(KEYS, 2))
redis.call('ZREM', KEYS[1], unpack(ARGV))
return 0
`;

/** KEYS: counts. ARGV: how long they live, fields and numbers by turns. */
const COUNT = `
redis.call('HINCRBY', KEYS[1], ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
for i = 4, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
return 0
`;

export const CACHE_SCRIPTS = {
  cacheRead: READ,
  cacheStore: STORE,
  cacheBegin: BEGIN,
  cacheEnd: END,
  cacheRenew: RENEW,
  cacheUsage: USAGE,
  cacheRemove: REMOVE,
  cacheCount: COUNT,
  cacheClear: CLEAR,
} as const;
export type CacheScript = keyof typeof CACHE_SCRIPTS;

/** Runs a script atomically. @throws Unavailable */
export type RunScript = (name: CacheScript, keys: readonly string[], args: readonly string[]) => Promise<unknown>;
