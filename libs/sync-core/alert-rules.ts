/** What a tenant has to be alerted of: the rules, their thresholds as the settings have them, and when each applies. */

/** A rule. */
export interface AlertRule {
  /** Threshold unless the tenant has its own, in the unit. */
  readonly threshold: number;
  /** minutes, percent, records, or none: it applies or it does not. */
  readonly unit: 'minutes' | 'percent' | 'records' | 'none';
  /** How long it has to apply before there is an incident, milliseconds. */
  readonly holdMs: number;
  /** What it is about. */
  readonly title: string;
}

/** All rules. Their names stand in settings (`alert.NAME`) and on `sync.alert`. */
export const ALERT_RULES = {
  freshness: { threshold: 30, unit: 'minutes', holdMs: 0, title: 'Edits are late by so many minutes' },
  failing: { threshold: 5, unit: 'percent', holdMs: 600_000, title: 'So many percent of the records fail' },
  quota: { threshold: 90, unit: 'percent', holdMs: 0, title: "So many percent of the month's calls are used" },
  credentials: { threshold: 1, unit: 'none', holdMs: 0, title: 'Credentials are refused' },
  unreadable: { threshold: 15, unit: 'minutes', holdMs: 0, title: 'A side cannot be read for so many minutes' },
  drift: { threshold: 1, unit: 'records', holdMs: 0, title: 'The last comparison of both sides found differences' },
  breaker: { threshold: 1, unit: 'none', holdMs: 0, title: 'The breaker holds a mass change' },
  lane: { threshold: 15, unit: 'minutes', holdMs: 0, title: 'A side cannot be written to for so many minutes' },
} as const satisfies Readonly<Record<string, AlertRule>>;

/** Name of a rule. */
export type AlertRuleName = keyof typeof ALERT_RULES;

/** Setting beside the rules: on, and both lanes are paused when `failing` fires. */
export const ALERT_PAUSE = 'pauseWhenFailing';

/** Largest threshold, in the unit of the rule. */
const LARGEST = { minutes: 100_000, percent: 100, records: 100_000, none: 1 } as const;

/** Whether a text can be the setting of a rule: default, off, or a threshold; of `pauseWhenFailing`: default or on. */
export function isAlertSetting(name: string, text: string): boolean {
  if (name === ALERT_PAUSE) return text === 'default' || text === 'on';
  if (!isAlertRule(name)) return false;
  if (text === 'default' || text === 'off') return true;
  return /^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= LARGEST[ALERT_RULES[name].unit];
}

/** Whether there is such a rule. */
export function isAlertRule(name: string): name is AlertRuleName {
  return Object.hasOwn(ALERT_RULES, name);
}

/** The threshold of a rule under a tenant's settings; null when it is off. */
export function alertThreshold(settings: Readonly<Record<string, string>>, name: AlertRuleName): number | null {
  const own = settings[name];
  if (own === 'off') return null;
  return own === undefined ? ALERT_RULES[name].threshold : Number(own);
}
