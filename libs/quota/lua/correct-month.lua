-- Sets the calls used in a month to what is known from elsewhere; nothing when the store has gone on to a newer month.
-- KEYS[1] hash: month, used; ARGV month, used, lifeMs, 'at-least' or 'exactly'; returns the calls used afterwards
local stored = tonumber(redis.call('HGET', KEYS[1], 'month') or '-1')
if stored > tonumber(ARGV[1]) then return tonumber(redis.call('HGET', KEYS[1], 'used') or '0') end
local used = stored == tonumber(ARGV[1]) and tonumber(redis.call('HGET', KEYS[1], 'used') or '0') or 0
if stored ~= tonumber(ARGV[1]) then redis.call('DEL', KEYS[1]) end
if ARGV[4] == 'exactly' or used < tonumber(ARGV[2]) then used = tonumber(ARGV[2]) end
redis.call('HSET', KEYS[1], 'month', ARGV[1], 'used', string.format('%.0f', used))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return used
