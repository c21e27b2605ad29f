import { expect, test } from 'vitest';
import { showRecord } from './operator/show.ts';
import { visible } from './visible.ts';

const EVIL = 'Acme\u001b]0;owned\u0007\u001b[2J\r\nLtd \u009b31m \u202egnp.exe';

test('what a person typed moves nothing at a terminal, and can be read', () => {
  expect(visible({ name: EVIL, inner: [EVIL, 1, null, 'Zürich — ok'] })).toEqual({
    name: 'Acme\\x1b]0;owned\\x07\\x1b[2J\\x0d\\x0aLtd \\x9b31m \\u202egnp.exe',
    inner: ['Acme\\x1b]0;owned\\x07\\x1b[2J\\x0d\\x0aLtd \\x9b31m \\u202egnp.exe', 1, null, 'Zürich — ok'],
  });
});

test('an answer for people has none of it', () => {
  const record = {
    ...{ id: 'c:1', entity: 'company', name: EVIL, state: 'in-sync', sentence: 'Same.', action: '' },
    ...{ fields: [{ field: 'phone', state: 'x', sentence: 's', action: '', crm: EVIL, unleashed: '', message: EVIL }] },
    ...{ button: null, retry: null, match: null, lookalikes: [{ crmId: '2', name: EVIL, email: EVIL }] },
  } as unknown as Parameters<typeof showRecord>[0];
  const text = showRecord(visible(record));
  // Our own line ends and colours apart.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  expect(text.replace(/\u001b\[\d+m|\n/g, '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  expect(text).toContain('\\x1b]0;owned');
});
