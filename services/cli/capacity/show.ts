/** What `capacity` computed, for people. */
import type { Demand, Need } from './compute.ts';

/** Titles of the columns of `rowOf`. */
export const COLUMNS = [
  'Tenants',
  'Links',
  'Inputs a second, mean and busiest hour',
  'Partitions',
  'Processors',
  'Memory of each',
  'Redis',
  'Kafka a day',
  'Kafka in all',
  'Rebuild',
  'Calls a day, Unleashed and CRM',
] as const;

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes with two significant digits and a unit: 26 MB, 1.1 TB. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${short(value)} ${UNITS[unit]}`;
}

/** A count with two significant digits below ten, and whole with separators above. */
export function short(value: number): string {
  if (value === 0) return '0';
  if (value < 10) return String(Number(value.toPrecision(2)));
  return Math.round(value).toLocaleString('en-GB');
}

/** Seconds as people say them. */
function timeText(seconds: number): string {
  if (seconds < 1) return 'under 1 s';
  return seconds < 120 ? `${short(seconds)} s` : `${short(seconds / 60)} min`;
}

/** One line of the table. */
export function rowOf({ tenants }: Demand, need: Need): string[] {
  const { mean, busyHour } = need.inputsPerSecond;
  return [
    tenants.toLocaleString('en-GB'),
    need.links.toLocaleString('en-GB'),
    `${short(mean)}, ${short(busyHour)}`,
    String(need.partitions),
    String(need.processors),
    bytesText(need.processorBytes),
    bytesText(need.redisBytes),
    bytesText(need.kafkaBytesPerDay),
    bytesText(need.kafkaBytes),
    timeText(need.rebuildSeconds),
    `${short(need.callsPerDay.unleashed)}, ${short(need.callsPerDay.crm)}`,
  ];
}
