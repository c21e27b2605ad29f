import { expect, test } from 'vitest';
import { type Command, EXAMPLES, type Setting } from '#contracts';
import { closedBy } from './gate.ts';

const command = (change: Partial<Command>): Command => ({ ...EXAMPLES['sync.command.unleashed.v1'], ...change });
const setting = (change: Partial<Setting>): Setting => ({
  ...EXAMPLES['sync.setting.v1'],
  removed: false,
  enabled: true,
  accountManagers: true,
  addresses: true,
  pausedSides: [],
  pausedEntities: [],
  ...change,
});

const order = command({ settingVersion: 3, deadlineMs: 100, fields: [] });
const withField = (field: string) => ({ ...order, fields: [{ field, value: 'b', expected: 'a', source: 'b' }] });

test.each([
  ['no settings yet', order, null, null],
  ['settings that allowed it', order, setting({ version: 3, enabled: false }), null],
  ['older settings', order, setting({ version: 2, enabled: false }), null],
  ['newer settings, still on', order, setting({ version: 4 }), null],
  ['switched off', order, setting({ version: 4, enabled: false }), 'setting-changed'],
  ['this side paused', order, setting({ version: 4, pausedSides: ['unleashed'] }), 'paused'],
  ['the other side paused', order, setting({ version: 4, pausedSides: ['crm'] }), null],
  ['this kind of record paused', order, setting({ version: 4, pausedEntities: [order.entity] }), 'paused'],
  ['another kind of record paused', order, setting({ version: 4, pausedEntities: ['person'] }), null],
  ['addresses off', withField('address'), setting({ version: 4, addresses: false }), 'setting-changed'],
  ['addresses off, no address in it', withField('name'), setting({ version: 4, addresses: false }), null],
  [
    'account managers off',
    withField('accountManager'),
    setting({ version: 4, accountManagers: false }),
    'setting-changed',
  ],
  ['a read while off', { ...order, op: 'read' }, setting({ version: 4, enabled: false }), null],
])('%s', (_name, given, settings, wanted) => {
  expect(closedBy(given, settings, 99)).toBe(wanted);
  expect(closedBy(given, settings, 100)).toBe('deadline-passed');
});
