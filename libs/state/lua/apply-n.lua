-- Applies one committed batch of a task: entries and offsets together, or nothing.
--
-- KEYS[1]  offsets of the task: hash of layout, tenants (how many the index holds), appliedAtMs, offset:<changelog>
-- KEYS[2]  index of the task's tenants: sorted set, score = next wake-up time in ms, +inf for none
-- KEYS[3…] entries of one tenant each: hash of record key → Avro bytes
-- ARGV     layout, now in ms, number of changelogs, then per changelog: name, previous end, new end;
--          then per tenant: id, wake-up score (empty: as it is), number of puts, (key, value)…, number of removals, key…
--
-- Returns {'applied'} | {'already'} | {'gap', changelog, stored, expected} | {'layout', stored} | {'incomplete'}.
local CHUNK = 1000 -- HSET and HDEL take their arguments from Lua's stack, which has room for some thousands.

local offsets, index = KEYS[1], KEYS[2]
local layout, now, changelogs = ARGV[1], ARGV[2], tonumber(ARGV[3])

local storedLayout = redis.call('HGET', offsets, 'layout')
if storedLayout and storedLayout ~= layout then return { 'layout', storedLayout } end
if redis.call('ZCARD', index) ~= tonumber(redis.call('HGET', offsets, 'tenants') or '0') then return { 'incomplete' } end

local at, next, gap, past = 4, {}, nil, true
for _ = 1, changelogs do
  local name, previous, new = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local stored = tonumber(redis.call('HGET', offsets, 'offset:' .. name) or '0')
  if stored ~= previous then gap = gap or { 'gap', name, tostring(stored), ARGV[at + 1] } end
  if stored < new then past = false end
  next[#next + 1] = 'offset:' .. name
  next[#next + 1] = ARGV[at + 2]
  at = at + 3
end
if gap then
  if past then return { 'already' } end
  return gap
end

local tenant = 3
while KEYS[tenant] do
  local id, wake, puts = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  at = at + 3
  for from = at, at + 2 * puts - 1, CHUNK do
    redis.call('HSET', KEYS[tenant], unpack(ARGV, from, math.min(from + CHUNK, at + 2 * puts) - 1))
  end
  at = at + 2 * puts
  local removals = tonumber(ARGV[at])
  at = at + 1
  for from = at, at + removals - 1, CHUNK do
    redis.call('HDEL', KEYS[tenant], unpack(ARGV, from, math.min(from + CHUNK, at + removals) - 1))
  end
  at = at + removals
  if redis.call('EXISTS', KEYS[tenant]) == 0 then
    redis.call('ZREM', index, id)
  elseif wake ~= '' then
    redis.call('ZADD', index, wake, id)
  else
    redis.call('ZADD', index, 'NX', '+inf', id)
  end
  tenant = tenant + 1
end

next[#next + 1] = 'layout'
next[#next + 1] = layout
next[#next + 1] = 'appliedAtMs'
next[#next + 1] = now
next[#next + 1] = 'tenants'
next[#next + 1] = redis.call('ZCARD', index)
redis.call('HSET', offsets, unpack(next))
return { 'applied' }
