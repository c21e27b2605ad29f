import { describe, expect, test } from 'vitest';
import type { JsonValue } from '#runtime';
import { MAX_EVENTS, parseChangeEvents } from './change-events.ts';

const changes = (body: JsonValue) => {
  const parsed = parseChangeEvents(body);
  return parsed.ok ? parsed.changes.map(({ entity, id }) => `${entity}/${id}`) : parsed.message;
};

test.each<[string, JsonValue, string[]]>([
  ['the ids alone', { WebhookId: 2, EntityType: 'Division', Action: 'Update', EntityId: 1001 }, ['Division/1001']],
  ['the whole record', { WebhookId: 2, EntityType: 'Contact', EntityId: 5, Data: { ContactId: 5 } }, ['Contact/5']],
  ['other names and casing', { ENTITYNAME: 'contacts', recordId: '5' }, ['Contact/5']],
  ['small names', { entity: 'address', id: ' 7 ' }, ['Address/7']],
  [
    'a list',
    [
      { entity: 'user', id: 'JBL' },
      { entity: 'Division', id: 1 },
    ],
    ['User/JBL', 'Division/1'],
  ],
  ['a list inside', { events: [{ entity: 'Division', id: 1 }] }, ['Division/1']],
  [
    'the same twice',
    [
      { entity: 'Division', id: 1 },
      { entity: 'division', id: '1' },
    ],
    ['Division/1'],
  ],
  [
    'a ledger by its key',
    { EntityType: 'SalesLedger', EntityId: "OperatingCompanyCode='A',SalesLedgerId='O''N/1'" },
    ["SalesLedger/OperatingCompanyCode='A',SalesLedgerId='O''N/1'"],
  ],
])('takes %s', (_name, body, expected) => {
  expect(changes(body)).toEqual(expected);
});

test('counts what does not matter here: the API calls a group of companies Company', () => {
  expect(
    parseChangeEvents([
      { EntityType: 'Company', EntityId: 3 },
      { EntityType: 'Quote', EntityId: 4 },
    ]),
  ).toEqual({
    ok: true,
    changes: [],
    ignored: 2,
  });
});

describe('refuses', () => {
  test.each<[string, JsonValue]>([
    ['nothing', null],
    ['a text', 'Division'],
    ['an empty list', []],
    ['no id', { EntityType: 'Division' }],
    ['no entity', { EntityId: 5 }],
    ['a number for an entity', { EntityType: 5, EntityId: true }],
    ['an id that would say more in a path', { EntityType: 'Contact', EntityId: '5)/Restore' }],
    ['a fraction', { EntityType: 'Contact', EntityId: 5.5 }],
    ['a user code that is too long', { EntityType: 'User', EntityId: 'JBLX' }],
    ['one bad event among good ones', [{ entity: 'Division', id: 1 }, {}]],
  ])('%s', (_name, body) => {
    expect(parseChangeEvents(body).ok).toBe(false);
  });

  test('too many', () => {
    const many = Array.from({ length: MAX_EVENTS + 1 }, (_, id) => ({ entity: 'Division', id }));
    expect(parseChangeEvents(many).ok).toBe(false);
    expect(parseChangeEvents(many.slice(1)).ok).toBe(true);
  });
});
