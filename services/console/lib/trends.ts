/** What the charts show, out of what the API says: their lines, and the same in words for whoever does not see them. Pure. */
import type { HealthView, TrendsAnswer } from './types.ts';
import { sideWord } from './words.ts';

/** A line of a chart. */
export interface Line {
  readonly label: string;
  /** Name of a colour of the theme. */
  readonly color: 'cyan' | 'orange' | 'red' | 'gray';
  /** Told apart by more than colour. */
  readonly dashed?: boolean;
  /** One for each moment; null where there is none. */
  readonly values: readonly (number | null)[];
}

/** A chart. */
export interface Chart {
  readonly title: string;
  /** What it comes to, in a sentence. */
  readonly sentence: string;
  /** What its values are: minutes, or a number of things. */
  readonly unit: 'minutes' | 'count';
  /** Moments, seconds since the epoch, in their order. */
  readonly seconds: readonly number[];
  readonly lines: readonly Line[];
}

type Day = TrendsAnswer['day'];
type Quota = NonNullable<HealthView['quota']>;

const secondsOf = (at: string): number => Date.parse(at) / 1_000;
const minutesOf = (ms: number | null): number | null => (ms === null ? null : Math.round(ms / 6_000) / 10);
const most = (values: readonly (number | null)[]): number => Math.max(0, ...values.map((value) => value ?? 0));

/** Minutes as one says them. */
export function minutesText(minutes: number): string {
  if (minutes >= 2 * 1_440) return `${Math.round(minutes / 144) / 10} d`;
  if (minutes >= 120) return `${Math.round(minutes / 6) / 10} h`;
  return `${Math.round(minutes * 10) / 10} min`;
}

/** How far each direction was behind. `whose`: of which tenant, where there are several. */
export function lagChart(day: Day, whose = ''): Chart {
  const lines = (['crm', 'unleashed'] as const).map((from) => ({
    label: `${sideWord(from)} → ${sideWord(from === 'crm' ? 'unleashed' : 'crm')}`,
    color: from === 'crm' ? ('cyan' as const) : ('orange' as const),
    dashed: from === 'unleashed',
    values: day.map(({ lagMs }) => minutesOf(lagMs[from])),
  }));
  const said = lines.map(({ label, values }) => {
    const last = values.at(-1) ?? null;
    const now = last === null ? 'not known yet' : `${minutesText(last)} behind`;
    return `${label}: ${now}, ${minutesText(most(values))} at most.`;
  });
  return {
    title: `How far behind edits were${whose}`,
    sentence: said.join(' '),
    unit: 'minutes',
    seconds: day.map(({ at }) => secondsOf(at)),
    lines,
  };
}

/** What waited, and what failed. */
export function backlogChart(day: Day): Chart {
  const waiting = day.map((one) => one.waiting.crm + one.waiting.unleashed);
  const failing = day.map((one) => one.failing);
  const number = (value: number | null | undefined): string => (value ?? 0).toLocaleString('en');
  return {
    title: 'Records that waited or failed',
    sentence: `${number(waiting.at(-1))} waited last, ${number(most(waiting))} at most; ${number(failing.at(-1))} failed last, ${number(most(failing))} at most.`,
    unit: 'count',
    seconds: day.map(({ at }) => secondsOf(at)),
    lines: [
      { label: 'Waiting', color: 'cyan', values: waiting },
      { label: 'Failing', color: 'red', dashed: true, values: failing },
    ],
  };
}

/** The calls of the month, where they lead at this pace, and what the month allows. */
export function callsChart(month: TrendsAnswer['month'], quota: Quota): Chart {
  const now = secondsOf(quota.asOf);
  const end = secondsOf(quota.resetsAt);
  const before = month.filter(({ at }) => secondsOf(at) < now);
  const seconds = [...before.map(({ at }) => secondsOf(at)), now, end];
  const none = before.map(() => null);
  const number = (value: number): string => value.toLocaleString('en');
  return {
    title: 'Unleashed calls of the month',
    sentence: `${number(quota.usedCalls)} of ${number(quota.limitCalls)} used; ${number(quota.forecastCalls)} by the end of the month at this pace.`,
    unit: 'count',
    seconds,
    lines: [
      { label: 'Used', color: 'cyan', values: [...before.map(({ usedCalls }) => usedCalls), quota.usedCalls, null] },
      { label: 'Forecast', color: 'orange', dashed: true, values: [...none, quota.usedCalls, quota.forecastCalls] },
      { label: 'Allowed', color: 'gray', values: seconds.map(() => quota.limitCalls) },
    ],
  };
}

/** Rows of a chart's table, at most so many, the last moment among them. */
export function rowsOf({ seconds, lines }: Chart, max: number): { second: number; values: (number | null)[] }[] {
  const step = Math.max(1, Math.ceil(seconds.length / max));
  return seconds
    .map((second, index) => ({ second, values: lines.map(({ values }) => values[index] ?? null) }))
    .filter((_, index) => (seconds.length - 1 - index) % step === 0);
}
