/** The settings of a tenant: what they start as, what text they are read from, what a change of them brings along. */
import { COMPANY_FIELDS, CONTACT_FIELDS, type Setting } from '#contracts';
import { ALERT_PAUSE, isAlertRule, isAlertSetting } from './alert-rules.ts';
import { overnightDue } from './overnight.ts';
import type { ReasonCode } from './reasons.ts';
import type { StepContext } from './step-context.ts';

/** Settings of a tenant that nobody has set yet: everything off. */
export function defaultSetting(tenantId: string): Setting {
  return {
    tenantId,
    version: 0,
    enabled: false,
    accountManagers: false,
    accountManagersOvernight: false,
    addresses: false,
    contactRoleCode: 'MAIN',
    conflictPolicy: 'latest',
    holds: true,
    pausedSides: [],
    pausedEntities: [],
    changedBy: '',
    changedAtMs: 0,
    requestId: '',
    timeZone: '',
    advancedLedgers: false,
    overnightHour: 2,
    overnightDueAtMs: null,
    overnightLast: null,
    fieldPolicies: {},
    alignment: 'auto',
    alignmentPolicies: {},
    removed: false,
    alertRules: {},
    breakerShare: 20,
    driftHour: 'default',
    pauses: [],
  };
}

/** Settings as read from text, or why they are refused. */
export type Parsed = { ok: true; value: Partial<Setting> } | { ok: false; reason: ReasonCode };

const SWITCHES = ['enabled', 'addresses', 'accountManagers', 'accountManagersOvernight'] as const;
const POLICIES = ['latest', 'crm', 'unleashed', 'ask'];
const ALIGNMENTS = ['auto', 'hold'];
const POLICY_FIELDS: readonly string[] = [
  ...COMPANY_FIELDS.map((field) => `company.${field}`),
  ...CONTACT_FIELDS.map((field) => `contact.${field}`),
];
/** In front of the name of a field's own policy, and the map that it is kept in: conflictPolicy.company.phone. */
const FIELD_POLICIES = [
  ['conflictPolicy.', 'fieldPolicies'],
  ['alignmentPolicy.', 'alignmentPolicies'],
] as const;
/** In front of the name of a rule of the alerts: alert.freshness. */
const ALERT = 'alert.';
/** Longest RoleCode, characters (prospect-api.md section 3, Contact). */
const LONGEST_ROLE_CODE = 6;

/** An hour of the day. */
const HOUR = /^(?:1?[0-9]|2[0-3])$/;
/** What the hour of the nightly comparison may be besides. */
const HOURS_BESIDE = ['default', 'off'];

const INVALID: Parsed = { ok: false, reason: 'setting-invalid' };
const UNKNOWN: Parsed = { ok: false, reason: 'setting-unknown' };

function oneOf(text: string, allowed: readonly string[], value: Partial<Setting>): Parsed {
  return allowed.includes(text) ? { ok: true, value } : INVALID;
}

/** Reads one setting from text; `now` is what a part of a map is added to. */
function parseSetting(name: string, text: string, now: Setting): Parsed {
  const switched = SWITCHES.find((known) => known === name);
  if (switched !== undefined) return oneOf(text, ['true', 'false'], { [switched]: text === 'true' });
  if (name === 'conflictPolicy') return oneOf(text, POLICIES, { conflictPolicy: text });
  if (name === 'alignment') return oneOf(text, ALIGNMENTS, { alignment: text });
  if (name === 'overnightHour') {
    return HOUR.test(text) ? { ok: true, value: { overnightHour: Number(text) } } : INVALID;
  }
  if (name === 'driftHour') {
    return HOUR.test(text) || HOURS_BESIDE.includes(text) ? { ok: true, value: { driftHour: text } } : INVALID;
  }
  if (name === 'breakerShare') {
    return /^(?:100|[1-9][0-9]?)$/.test(text) ? { ok: true, value: { breakerShare: Number(text) } } : INVALID;
  }
  if (name === 'contactRoleCode') {
    const fits = text.trim() === text && text.length > 0 && text.length <= LONGEST_ROLE_CODE;
    return fits ? { ok: true, value: { contactRoleCode: text } } : INVALID;
  }
  if (name.startsWith(ALERT)) return parseAlertRule(name.slice(ALERT.length), text, now);
  for (const [prefix, map] of FIELD_POLICIES) {
    if (name.startsWith(prefix)) return parseFieldPolicy(map, name.slice(prefix.length), text, now);
  }
  return UNKNOWN;
}

/** A rule of the alerts; `default` takes it away again. */
function parseAlertRule(rule: string, text: string, { alertRules }: Setting): Parsed {
  if (!isAlertRule(rule) && rule !== ALERT_PAUSE) return UNKNOWN;
  if (!isAlertSetting(rule, text)) return INVALID;
  const { [rule]: _, ...others } = alertRules;
  return { ok: true, value: { alertRules: text === 'default' ? others : { ...others, [rule]: text } } };
}

/** The policy of one field; `default` takes it away again. */
function parseFieldPolicy(
  map: 'fieldPolicies' | 'alignmentPolicies',
  field: string,
  text: string,
  { [map]: policies }: Setting,
): Parsed {
  if (!POLICY_FIELDS.includes(field)) return UNKNOWN;
  const { [field]: _, ...others } = policies;
  if (text === 'default') return { ok: true, value: { [map]: others } };
  return oneOf(text, POLICIES, { [map]: { ...others, [field]: text } });
}

/** Reads settings from text, all or none. Names are taken in their order, so that the answer is always the same. */
export function parseSettings(given: Record<string, string>, now: Setting): Parsed {
  let next = now;
  let value: Partial<Setting> = {};
  for (const [name, text] of Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const parsed = parseSetting(name, text, next);
    if (!parsed.ok) return parsed;
    value = { ...value, ...parsed.value };
    next = { ...next, ...parsed.value };
  }
  if (next.accountManagersOvernight && !next.accountManagers) {
    if (value.accountManagersOvernight === true) return { ok: false, reason: 'setting-needs-account-managers' };
    value = { ...value, accountManagersOvernight: false };
  }
  return { ok: true, value };
}

/** Changes the settings; it holds once no command of an older version can write any more. */
export function changeSetting(context: StepContext, change: Partial<Setting>): void {
  const { state, nowMs } = context;
  const before = state.setting ?? defaultSetting(state.tenantId);
  const next = { ...before, ...change, version: before.version + 1, changedAtMs: nowMs, holds: false };
  const due = overnightDue(next, nowMs);
  const isDue = before.overnightDueAtMs !== null && before.overnightDueAtMs <= nowMs;
  state.setting = { ...next, overnightDueAtMs: due !== null && isDue ? before.overnightDueAtMs : due };
  context.settingChanged = true;
}
