-- Notes a 429; the same rules as block.ts.
--
-- KEYS[1] hash: untilMs (nothing is granted before), strikes (429 answers in a row)
-- ARGV    nowMs ('' = the time of Redis), retryAfterMs ('' = not told), firstMs, maxMs, memoryMs
-- returns for how long nothing is granted, ms
local nowMs = tonumber(ARGV[1])
if not nowMs then
  local time = redis.call('TIME')
  nowMs = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local retryAfterMs = tonumber(ARGV[2])
local firstMs, maxMs, memoryMs = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local untilMs = tonumber(redis.call('HGET', KEYS[1], 'untilMs') or '0')
local strikes = tonumber(redis.call('HGET', KEYS[1], 'strikes') or '0')

local ownMs = 0
if untilMs <= nowMs then
  if nowMs - untilMs >= memoryMs then strikes = 0 end
  strikes = strikes + 1
  ownMs = firstMs * 2 ^ math.min(strikes - 1, 20)
end
local waitMs = math.max(0, math.min(retryAfterMs or ownMs, maxMs))
untilMs = math.max(untilMs, nowMs + waitMs)
redis.call('HSET', KEYS[1], 'untilMs', string.format('%.0f', untilMs), 'strikes', string.format('%.0f', strikes))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', untilMs - nowMs + memoryMs))
return untilMs - nowMs
