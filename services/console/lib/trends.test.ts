import { expect, test } from 'vitest';
import { backlogChart, callsChart, lagChart, minutesText, rowsOf } from './trends.ts';

const moment = (minute: number, lagMs: [number | null, number | null], waiting: number, failing: number | null) => ({
  at: new Date(Date.UTC(2026, 0, 5, 10, minute)).toISOString(),
  lagMs: { crm: lagMs[0], unleashed: lagMs[1] },
  waiting: { crm: waiting, unleashed: 1 },
  failing,
});
const day = [moment(0, [150_000, null], 4, 0), moment(5, [60_000, 7_200_000], 0, 12), moment(10, [null, 90_000], 2, 3)];

test('how far behind: a line for each direction, and where it stands in words', () => {
  const chart = lagChart(day);
  expect(chart.lines.map(({ label, values }) => [label, ...values])).toEqual([
    ['CRM → Unleashed', 2.5, 1, null],
    ['Unleashed → CRM', null, 120, 1.5],
  ]);
  expect(chart.sentence).toBe(
    'CRM → Unleashed: not known yet, 2.5 min at most. Unleashed → CRM: 1.5 min behind, 2 h at most.',
  );
  expect(chart.seconds[1]! - chart.seconds[0]!).toBe(300);
});

test('what waited and failed', () => {
  expect(backlogChart(day).lines.map(({ values }) => values)).toEqual([
    [5, 1, 3],
    [0, 12, 3],
  ]);
  expect(backlogChart(day).sentence).toBe('3 waited last, 5 at most; 3 failed last, 12 at most.');
  expect(backlogChart([]).lines.map(({ values }) => values)).toEqual([[], []]);
});

test('calls: what was used to now, and from there the forecast to the end of the month', () => {
  const quota = {
    ...{ usedCalls: 90, limitCalls: 1_000, callsPerDay: 30, forecastCalls: 900, spentAt: null },
    ...{ asOf: '2026-01-05T10:00:00.000Z', resetsAt: '2026-02-01T00:00:00.000Z' },
  };
  const month = [
    { at: '2026-01-04T23:55:00.000Z', usedCalls: 60, limitCalls: 1_000 },
    { at: '2026-01-05T10:00:01.000Z', usedCalls: 91, limitCalls: 1_000 },
  ];
  const { lines, seconds } = callsChart(month, quota);
  expect(lines.map(({ values }) => values)).toEqual([
    [60, 90, null],
    [null, 90, 900],
    [1_000, 1_000, 1_000],
  ]);
  expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
});

test('a table of a long chart is short, and ends with the last moment', () => {
  const long = Array.from({ length: 288 }, (_, minute) => moment(minute, [0, 0], minute, 0));
  const rows = rowsOf(backlogChart(long), 24);
  expect(rows).toHaveLength(24);
  expect(rows.at(-1)?.values).toEqual([288, 0]);
});

test('minutes as one says them', () => {
  expect([0.5, 90, 150, 4_000].map(minutesText)).toEqual(['0.5 min', '90 min', '2.5 h', '2.8 d']);
});
