-- Takes calls off a month's count that were granted and not made; nothing when a new month has begun, never below 0.
-- KEYS[1] hash: month, used; ARGV month, calls; returns the calls that were taken off
if redis.call('HGET', KEYS[1], 'month') ~= ARGV[1] then return 0 end
local used = tonumber(redis.call('HGET', KEYS[1], 'used') or '0')
local back = math.min(used, tonumber(ARGV[2]))
if back > 0 then redis.call('HINCRBY', KEYS[1], 'used', -back) end
return back
