-- Asks for calls of a sliding window; the same rules as window.ts.
--
-- KEYS[1] hash: slot number -> calls counted in it
-- KEYS[2] hash: untilMs, strikes (see block-side.lua)
-- KEYS[3] hash: spender -> calls it was granted since it began, and the slot of the last one, "<total>:<slot>"
-- ARGV    nowMs ('' = the time of Redis, the one clock that all spenders share), calls (0 = only look), limitCalls,
--         windowMs, bucketMs, spender, spenderTotal, spenderRecent (its own calls within the window)
-- returns granted (1 or 0), waitMs, usedCalls, slot, blockedForMs
--
-- A spender says what it has been granted. Where the store knows of less, counts were lost (emptied, or a failover to an old
-- copy); the difference, as far as it can still lie in the window, is counted now.
local nowMs = tonumber(ARGV[1])
if not nowMs then
  local time = redis.call('TIME')
  nowMs = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local calls, limitCalls = tonumber(ARGV[2]), tonumber(ARGV[3])
local windowMs, bucketMs = tonumber(ARGV[4]), tonumber(ARGV[5])
local spender, spenderTotal, spenderRecent = ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])
local current = math.floor(nowMs / bucketMs)
local lifeMs = windowMs + 2 * bucketMs

local function text(number)
  return string.format('%.0f', number)
end

local slots, used = {}, 0
local entries = redis.call('HGETALL', KEYS[1])
for i = 1, #entries, 2 do
  local slot, count = tonumber(entries[i]), tonumber(entries[i + 1])
  if (slot + 1) * bucketMs + windowMs <= nowMs then
    redis.call('HDEL', KEYS[1], entries[i])
  else
    if slot > current then
      -- The clock went back; those calls are made, so they count from now at the latest.
      redis.call('HDEL', KEYS[1], entries[i])
      redis.call('HINCRBY', KEYS[1], text(current), count)
      slot = current
    end
    table.insert(slots, { slot, count })
    used = used + count
  end
end

local known = redis.call('HGET', KEYS[3], spender)
local knownTotal = known and tonumber(string.match(known, '^(%d+):')) or 0
local lost = math.min(spenderTotal - knownTotal, spenderRecent)
if lost > 0 then
  redis.call('HINCRBY', KEYS[1], text(current), lost)
  table.insert(slots, { current, lost })
  used = used + lost
end

local blockedForMs = math.max(0, tonumber(redis.call('HGET', KEYS[2], 'untilMs') or '0') - nowMs)
local granted, waitMs = 0, 0
if calls > 0 and blockedForMs > 0 then
  waitMs = blockedForMs
elseif used + calls <= limitCalls then
  granted = 1
  if calls > 0 then
    redis.call('HINCRBY', KEYS[1], text(current), calls)
    used = used + calls
  end
else
  table.sort(slots, function(a, b) return a[1] < b[1] end)
  local excess = used + calls - limitCalls
  for _, entry in ipairs(slots) do
    if excess <= 0 then break end
    excess = excess - entry[2]
    waitMs = (entry[1] + 1) * bucketMs + windowMs - nowMs
  end
end

if spenderTotal > 0 or granted == 1 and calls > 0 then
  local total = spenderTotal + (granted == 1 and calls or 0)
  redis.call('HSET', KEYS[3], spender, text(total) .. ':' .. text(current))
  if redis.call('HLEN', KEYS[3]) > 32 then
    -- Spenders that are gone: whatever they were granted has left the window.
    local spenders = redis.call('HGETALL', KEYS[3])
    for i = 1, #spenders, 2 do
      local slot = tonumber(string.match(spenders[i + 1], ':(%d+)$') or '0')
      if (slot + 1) * bucketMs + windowMs <= nowMs then redis.call('HDEL', KEYS[3], spenders[i]) end
    end
  end
  redis.call('PEXPIRE', KEYS[3], text(lifeMs))
end
redis.call('PEXPIRE', KEYS[1], text(lifeMs))
return { granted, waitMs, used, current, blockedForMs }
