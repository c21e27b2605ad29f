/** What the API shows: configuration without secrets, settings, lanes. Nothing else of a record goes out. */
import type { Lane, OvernightRun, Setting, Tenant } from '#contracts';

/** Settings of a tenant as the API shows them. */
export interface SettingsView {
  readonly version: number;
  readonly enabled: boolean;
  readonly accountManagers: boolean;
  readonly accountManagersOvernight: boolean;
  readonly addresses: boolean;
  readonly contactRoleCode: string;
  readonly conflictPolicy: string;
  /** Policies of single fields where they differ: company.phone to a policy. */
  readonly fieldPolicies: Readonly<Record<string, string>>;
  /** auto, or hold: nothing is written to records that were never the same. */
  readonly alignment: string;
  /** IANA time zone; empty counts as UTC. */
  readonly timeZone: string;
  /** Hour of the tenant's day at which the overnight fix begins. */
  readonly overnightHour: number;
  /** ISO 8601 (UTC); null when the fix is off. */
  readonly overnightDueAt: string | null;
  /** What the last run found; null before the first. */
  readonly overnightLast: OvernightView | null;
  /** True when the state is in force: after a switch-off or a pause, when no earlier command can write any more. */
  readonly holds: boolean;
  readonly pausedSides: readonly string[];
  readonly changedBy: string;
  /** When it was decided, ISO 8601 (UTC). */
  readonly changedAt: string;
}

/** A run of the overnight fix as the API shows it. */
export interface OvernightView {
  readonly startedAt: string;
  /** Companies that take part. */
  readonly compared: number;
  /** Companies whose account manager is set to Unleashed's. */
  readonly ordered: number;
  /** Companies whose account manager differs and cannot be set. */
  readonly stopped: number;
}

function overnightView({ startedAtMs, ...counts }: OvernightRun): OvernightView {
  return { startedAt: isoTime(startedAtMs), ...counts };
}

/** Shows settings. */
export function settingsView(setting: Setting): SettingsView {
  return {
    version: setting.version,
    enabled: setting.enabled,
    accountManagers: setting.accountManagers,
    accountManagersOvernight: setting.accountManagersOvernight,
    addresses: setting.addresses,
    contactRoleCode: setting.contactRoleCode,
    conflictPolicy: setting.conflictPolicy,
    fieldPolicies: setting.fieldPolicies,
    alignment: setting.alignment,
    timeZone: setting.timeZone,
    overnightHour: setting.overnightHour,
    overnightDueAt: setting.overnightDueAtMs === null ? null : isoTime(setting.overnightDueAtMs),
    overnightLast: setting.overnightLast === null ? null : overnightView(setting.overnightLast),
    holds: setting.holds,
    pausedSides: setting.pausedSides,
    changedBy: setting.changedBy,
    changedAt: isoTime(setting.changedAtMs),
  };
}

/** A tenant as the API shows it. */
export interface TenantView {
  readonly tenantId: string;
  readonly name: string;
  readonly timeZone: string;
  readonly prospectBaseUrl: string;
  readonly unleashedBaseUrl: string;
  /** Unleashed calls per calendar month. */
  readonly monthlyCalls: number;
  readonly pollSeconds: number;
  /** Null until the processor has seen the tenant. */
  readonly settings: SettingsView | null;
  /** How writing to each side stands; a side that is not listed is open. */
  readonly lanes: readonly LaneView[];
}

/** A lane as the API shows it. */
export interface LaneView {
  readonly side: string;
  /** open, deferred or probing. */
  readonly state: string;
  /** Stable reason code; ok when open. */
  readonly code: string;
  /** ISO 8601 (UTC); null unless deferred. */
  readonly deferredUntil: string | null;
  /** Consecutive deferrals. */
  readonly failures: number;
  readonly changedAt: string;
}

/** Shows a tenant. */
export function tenantView(tenant: Tenant, setting: Setting | undefined, lanes: readonly Lane[]): TenantView {
  return {
    tenantId: tenant.tenantId,
    name: tenant.name,
    timeZone: tenant.timeZone,
    prospectBaseUrl: tenant.prospectBaseUrl,
    unleashedBaseUrl: tenant.unleashedBaseUrl,
    monthlyCalls: tenant.monthlyCalls,
    pollSeconds: tenant.pollSeconds,
    settings: setting === undefined ? null : settingsView(setting),
    lanes: lanes.map((lane) => ({
      side: lane.side,
      state: lane.state,
      code: lane.code,
      deferredUntil: lane.deferredUntilMs === null ? null : isoTime(lane.deferredUntilMs),
      failures: lane.failures,
      changedAt: isoTime(lane.changedAtMs),
    })),
  };
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
