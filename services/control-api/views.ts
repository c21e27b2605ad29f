/** What the API shows: configuration without secrets, settings, lanes. Nothing else of a record goes out. */
import type { Lane, OvernightRun, Pause, Setting, Tenant } from '#contracts';
import type { OvernightView, PauseView, SettingsView, TenantView } from './view-schemas.ts';
import { ALERT_SUBJECT } from './watch/incidents.ts';

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
    alignmentPolicies: setting.alignmentPolicies,
    alertRules: setting.alertRules,
    breakerShare: setting.breakerShare,
    timeZone: setting.timeZone,
    overnightHour: setting.overnightHour,
    driftHour: driftHourView(setting.driftHour),
    overnightDueAt: setting.overnightDueAtMs === null ? null : isoTime(setting.overnightDueAtMs),
    overnightLast: setting.overnightLast === null ? null : overnightView(setting.overnightLast),
    holds: setting.holds,
    pausedSides: setting.pausedSides,
    pausedEntities: setting.pausedEntities,
    pauses: pausesView(setting),
    changedBy: setting.changedBy,
    changedAt: isoTime(setting.changedAtMs),
  };
}

function pausesView({ pausedSides, pausedEntities, pauses }: Setting): PauseView[] {
  return [...pausedSides, ...pausedEntities].map((what) => {
    const pause = pauses.find((one) => one.what === what);
    const since = pause === undefined ? null : isoTime(pause.sinceMs);
    return { what, by: pause?.by ?? '', since, reason: pause?.reason ?? '', ...whyPaused(pause) };
  });
}

function whyPaused(pause: Pause | undefined): Pick<PauseView, 'sentence' | 'action'> {
  if (pause === undefined) return { sentence: 'It was not noted who paused it.', action: 'Resume it.' };
  if (pause.by !== ALERT_SUBJECT) {
    const why = pause.reason === '' ? '' : `: “${pause.reason}”`;
    return { sentence: `${pause.by} paused it${why}.`, action: 'Resume it.' };
  }
  return {
    sentence: 'It was paused by itself, because more of the records failed than the alert allows.',
    action: 'See what fails, then resume it.',
  };
}

function driftHourView(text: string): SettingsView['driftHour'] {
  if (text === 'off' || text === 'default') return text;
  return Number(text);
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
