-- Asks for calls of a month's budget; the same rules as month.ts.
--
-- KEYS[1] hash: month (index), used, s:<spender> (calls it was granted this month)
-- KEYS[2] hash: untilMs, strikes (see block-side.lua)
-- ARGV    nowMs ('' = the time of Redis, the one clock that all spenders share), calls (0 = only look), limitCalls,
--         spender, spenderMonth, spenderTotal (its own calls in that month), lifeMs of the key,
--         firstMonth, then the moments (ms) at which the budgets of firstMonth and the months after it begin, and the end
-- returns granted (1 or 0), waitMs, usedCalls, month, blockedForMs; or an error when Redis' clock is outside those months
--
-- A spender says what it has been granted this month. Where the store knows of less, counts were lost (emptied, or a
-- failover to an old copy); the difference is counted now.
local nowMs = tonumber(ARGV[1])
if not nowMs then
  local time = redis.call('TIME')
  nowMs = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local calls, limitCalls = tonumber(ARGV[2]), tonumber(ARGV[3])
local spender, spenderMonth, spenderTotal = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
local firstMonth, firstStart = tonumber(ARGV[8]), 9

local function text(number)
  return string.format('%.0f', number)
end

local function resetOf(month)
  return tonumber(ARGV[firstStart + month - firstMonth + 1] or ARGV[#ARGV])
end

local month
for i = firstStart, #ARGV - 1 do
  if nowMs >= tonumber(ARGV[i]) and nowMs < tonumber(ARGV[i + 1]) then month = firstMonth + i - firstStart end
end
if not month then return redis.error_reply('CLOCKS the clock of Redis is months away from the clock of this program') end

local used = 0
local stored = tonumber(redis.call('HGET', KEYS[1], 'month') or '-1')
if stored >= month then
  -- A clock that went back to an older month changes nothing: the newest month seen stays.
  month = stored
  used = tonumber(redis.call('HGET', KEYS[1], 'used') or '0')
else
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'month', text(month), 'used', '0', 'sinceMs', text(nowMs))
end

local ownTotal = spenderMonth == month and spenderTotal or 0
local lost = ownTotal - tonumber(redis.call('HGET', KEYS[1], 's:' .. spender) or '0')
if lost > 0 then used = used + lost end

local blockedForMs = math.max(0, tonumber(redis.call('HGET', KEYS[2], 'untilMs') or '0') - nowMs)
local granted, waitMs = 0, 0
if calls > 0 and blockedForMs > 0 then
  waitMs = blockedForMs
elseif used + calls <= limitCalls then
  granted = 1
  used = used + calls
  ownTotal = ownTotal + calls
else
  waitMs = math.max(0, resetOf(month) - nowMs)
end

redis.call('HSET', KEYS[1], 'used', text(used))
if ownTotal > 0 then redis.call('HSET', KEYS[1], 's:' .. spender, text(ownTotal)) end
redis.call('PEXPIRE', KEYS[1], ARGV[7])
local since = tonumber(redis.call('HGET', KEYS[1], 'sinceMs') or text(nowMs))
return { granted, waitMs, used, month, blockedForMs, resetOf(month) - nowMs, nowMs - since }
