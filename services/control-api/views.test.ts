import { describe, expect, it } from 'vitest';
import { settingWith } from '#test/support/records.ts';
import { settingsView } from './views.ts';

describe('a pause', () => {
  const view = (pause: { by: string; reason: string } | null) =>
    settingsView(
      settingWith({
        pausedSides: ['crm'],
        pauses: pause === null ? [] : [{ what: 'crm', ...pause, sinceMs: 1_790_000_000_000 }],
      }),
    ).pauses;

  it('says who ordered it, since when, and what to do', () => {
    const since = '2026-09-21T14:13:20.000Z';
    expect(view({ by: 'ann', reason: '' })).toEqual([
      { what: 'crm', by: 'ann', since, reason: '', sentence: 'ann paused it.', action: 'Resume it.' },
    ]);
  });

  it('says why in the words of who ordered it', () => {
    const [pause] = view({ by: 'ann', reason: 'Stocktaking until noon' });
    expect(pause).toMatchObject({
      reason: 'Stocktaking until noon',
      sentence: 'ann paused it: “Stocktaking until noon”.',
    });
  });

  it('of an alert names the alert, and to look at what fails first', () => {
    const [pause] = view({ by: 'alert-rule', reason: '' });
    expect(pause?.sentence).toMatch(/more of the records failed than the alert allows/);
    expect(pause?.action).toBe('See what fails, then resume it.');
  });

  it('that an older version did not note is shown all the same', () => {
    expect(view(null)).toEqual([
      {
        what: 'crm',
        by: '',
        since: null,
        reason: '',
        sentence: 'It was not noted who paused it.',
        action: 'Resume it.',
      },
    ]);
  });
});
