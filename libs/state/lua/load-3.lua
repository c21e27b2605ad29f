-- Checks that the view is what the task believes, and gives the entries of one tenant if they are few.
--
-- KEYS[1] offsets of the task, KEYS[2] index of its tenants, KEYS[3] entries of the tenant
-- ARGV    layout, tenant id, how many entries may be given at once, number of changelogs, then per changelog: name, offset
--
-- Returns {'ok', number of entries, key, value, …} (only the number when there are too many: read them with HSCAN),
-- or {'gap', changelog, stored, expected} | {'layout', stored} | {'incomplete'}.
local offsets, index, entries = KEYS[1], KEYS[2], KEYS[3]

local storedLayout = redis.call('HGET', offsets, 'layout')
if storedLayout and storedLayout ~= ARGV[1] then return { 'layout', storedLayout } end
local at = 5
for _ = 1, tonumber(ARGV[4]) do
  local stored = redis.call('HGET', offsets, 'offset:' .. ARGV[at]) or '0'
  if tonumber(stored) ~= tonumber(ARGV[at + 1]) then return { 'gap', ARGV[at], stored, ARGV[at + 1] } end
  at = at + 2
end

-- A server that may evict keys under memory pressure takes whole ones: the index, or a tenant's entries.
local count = redis.call('HLEN', entries)
local indexed = redis.call('ZSCORE', index, ARGV[2])
if redis.call('ZCARD', index) ~= tonumber(redis.call('HGET', offsets, 'tenants') or '0') then return { 'incomplete' } end
if (count > 0) ~= (indexed and true or false) then return { 'incomplete' } end

if count > tonumber(ARGV[3]) then return { 'ok', tostring(count) } end
local found = redis.call('HGETALL', entries)
table.insert(found, 1, tostring(count))
table.insert(found, 1, 'ok')
return found
