/** How often somebody wants to be polled: more often while people are at work. Pure. */
import { DateTime } from 'luxon';

/** When people are at work: Monday to Friday between two hours of a zone's clock. */
export interface WorkingHours {
  /** IANA time zone. */
  readonly timeZone: string;
  /** First hour, 0 to 23. */
  readonly from: number;
  /** Hour at which it ends, 1 to 24. */
  readonly to: number;
}

/** Wanted pace of polls. */
export interface PollSchedule {
  /** Wanted time between polls while people are at work, or always, seconds. */
  readonly pollSeconds: number;
  /** The rest of the week; undefined: there is no difference. */
  readonly quiet?: { readonly pollSeconds: number; readonly workingHours: WorkingHours } | undefined;
}

/** The part of a tenant that a schedule is made of. */
export interface PolledTenant {
  /** IANA time zone. */
  readonly timeZone: string;
  readonly unleashed: {
    readonly pollSeconds: number;
    readonly workingHours?: { readonly from: number; readonly to: number } | undefined;
    readonly quietPollSeconds?: number | undefined;
  };
}

/** Quiet hours are polled so much less often when nothing is said, and at least so often, seconds. */
const QUIET_TIMES = 12;
const QUIET_SECONDS_MAX = 3_600;

/** The schedule of a tenant. */
export function pollScheduleOf({ timeZone, unleashed }: PolledTenant): PollSchedule {
  const { pollSeconds, workingHours, quietPollSeconds } = unleashed;
  if (workingHours === undefined) return { pollSeconds };
  const quiet = Math.max(pollSeconds, Math.min(pollSeconds * QUIET_TIMES, QUIET_SECONDS_MAX));
  return {
    pollSeconds,
    quiet: { pollSeconds: quietPollSeconds ?? quiet, workingHours: { timeZone, ...workingHours } },
  };
}

/** A pace that holds until another begins. */
interface Stretch {
  readonly wantedMs: number;
  /** When it ends, ms since 1970. */
  readonly endsAtMs: number;
}

const FRIDAY = 5;

/** The pace at a moment, and until when it holds. A change of the clocks moves the hours along with people. */
export function paceAt({ pollSeconds, quiet }: PollSchedule, nowMs: number): Stretch {
  if (quiet === undefined) return { wantedMs: pollSeconds * 1_000, endsAtMs: Number.POSITIVE_INFINITY };
  const { timeZone, from, to } = quiet.workingHours;
  const now = DateTime.fromMillis(nowMs, { zone: timeZone });
  for (let days = 0; ; days++) {
    const day = now.startOf('day').plus({ days });
    if (day.weekday > FRIDAY) continue;
    const begins = day.set({ hour: from }).toMillis();
    const ends = to === 24 ? day.plus({ days: 1 }).toMillis() : day.set({ hour: to }).toMillis();
    if (nowMs < begins) return { wantedMs: quiet.pollSeconds * 1_000, endsAtMs: begins };
    if (nowMs < ends) return { wantedMs: pollSeconds * 1_000, endsAtMs: ends };
  }
}

/** How many polls are wanted between two moments. */
export function pollsBetween(schedule: PollSchedule, fromMs: number, toMs: number): number {
  let polls = 0;
  for (let atMs = fromMs; atMs < toMs; ) {
    const { wantedMs, endsAtMs } = paceAt(schedule, atMs);
    const untilMs = Math.min(endsAtMs, toMs);
    polls += (untilMs - atMs) / wantedMs;
    atMs = untilMs;
  }
  return polls;
}
