-- Takes calls out of a slot that were granted and not made; never below 0.
-- KEYS[1] hash: slot number -> calls; ARGV slot, calls; returns the calls that were taken out
local count = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
local back = math.min(count, tonumber(ARGV[2]))
if back > 0 then redis.call('HINCRBY', KEYS[1], ARGV[1], -back) end
return back
