-- Applies one committed batch of a task: entries and offsets together, or nothing.
--
-- KEYS[1]  offsets of the task: hash of layout, tenants (how many the index holds), appliedAtMs, offset:<changelog>
-- KEYS[2]  index of the task's tenants: sorted set, score = next wake-up time in ms, +inf for none
-- KEYS[3…] entries of one tenant each: hash of record key → Avro bytes
-- ARGV     layout, now in ms, number of changelogs, then per changelog: name, previous end, new end;
--          then per tenant: id, wake-up score (empty: as it is), number of puts, number of removals;
--          last the entries of all tenants in that order, packed (packed.ts)
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

local packed, place, some = ARGV[#ARGV], 1, {}
local tenant = 3
while KEYS[tenant] do
  local id, wake, puts, removals = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  at = at + 4
  local n = 0
  for put = 1, puts do
    some[n + 1], some[n + 2], place = struct.unpack('>I4c0I4c0', packed, place)
    n = n + 2
    if n == CHUNK or put == puts then
      redis.call('HSET', KEYS[tenant], unpack(some, 1, n))
      n = 0
    end
  end
  for removal = 1, removals do
    some[n + 1], place = struct.unpack('>I4c0', packed, place)
    n = n + 1
    if n == CHUNK or removal == removals then
      redis.call('HDEL', KEYS[tenant], unpack(some, 1, n))
      n = 0
    end
  end
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
