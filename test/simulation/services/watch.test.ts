/** What the watch holds for an edit that has to be on the other side, and when it counts as carried over. */
import { describe, expect, test } from 'vitest';
import type { Edit, Showing } from '../world/history.ts';
import { setAtMs, wasCarriedOver } from './watch.ts';

const RECORD = { kept: 'company', id: '1', field: 'website' } as const;
const EDIT: Edit = { ...RECORD, side: 'unleashed', token: 'e3', value: 'www.e3.example', form: 'plain', atMs: 10 };

function showing(side: Showing['side'], atMs: number, before: string, value: string, by: string): Showing {
  return { ...RECORD, side, atMs, before: `www.${before}.example`, value: `www.${value}.example`, by, call: null };
}

describe('the time of an edit', () => {
  test('that a person replaced and set back is that of the return', () => {
    const showings = [
      showing('unleashed', 10, 'old', 'e3', 'person'),
      showing('unleashed', 20, 'e3', 'e1', 'person'),
      showing('unleashed', 50, 'e1', 'e3', 'person'),
    ];
    expect(setAtMs(showings, EDIT)).toBe(50);
    expect(setAtMs(showings.slice(0, 2), EDIT)).toBe(10);
  });

  test('stays what it was when a write of ours brings the value back', () => {
    const showings = [
      showing('unleashed', 10, 'old', 'e3', 'person'),
      showing('unleashed', 20, 'e3', 'old', 'api'),
      showing('unleashed', 50, 'old', 'e3', 'api'),
    ];
    expect(setAtMs(showings, EDIT)).toBe(10);
  });

  test('is that of the return when writes that the network held took the value away and brought it back', () => {
    const held = { cameLate: true } as unknown as Showing['call'];
    const showings = [
      showing('unleashed', 10, 'old', 'e3', 'person'),
      { ...showing('unleashed', 20, 'e3', 'old', 'api'), call: held },
      { ...showing('unleashed', 50, 'old', 'e3', 'api'), call: held },
    ];
    expect(setAtMs(showings, EDIT)).toBe(50);
  });
});

describe('carried over', () => {
  const arrived = showing('crm', 30, 'old', 'e3', 'api');
  const overwritten = showing('crm', 40, 'e3', 'e1', 'api');

  test('is what the other side showed after it was set, whatever follows', () => {
    expect(wasCarriedOver([arrived, overwritten], EDIT, 10)).toBe(true);
    expect(wasCarriedOver([], EDIT, 10)).toBe(false);
    expect(wasCarriedOver([showing('crm', 5, 'old', 'e3', 'api')], EDIT, 10)).toBe(false);
  });

  test('a return is when it still stands there or a person there replaced it, not when our write did', () => {
    expect(wasCarriedOver([arrived], EDIT, 50)).toBe(true);
    expect(wasCarriedOver([arrived, showing('crm', 40, 'e3', 'e4', 'person')], EDIT, 50)).toBe(true);
    expect(wasCarriedOver([arrived, overwritten], EDIT, 50)).toBe(false);
    expect(wasCarriedOver([arrived, overwritten, showing('crm', 60, 'e1', 'e3', 'api')], EDIT, 50)).toBe(true);
  });
});
