-- How far the view of a task is.
--
-- KEYS[1] offsets of the task, KEYS[2] index of its tenants
-- ARGV    layout
--
-- Returns {'ok', field, value, …} | {'empty'} | {'layout', stored} | {'incomplete'}.
local stored = redis.call('HGETALL', KEYS[1])
local indexed = redis.call('ZCARD', KEYS[2])
if #stored == 0 then return { indexed == 0 and 'empty' or 'incomplete' } end
local layout = redis.call('HGET', KEYS[1], 'layout')
if layout ~= ARGV[1] then return { 'layout', layout or '' } end
if indexed ~= tonumber(redis.call('HGET', KEYS[1], 'tenants') or '0') then return { 'incomplete' } end
table.insert(stored, 1, 'ok')
return stored
