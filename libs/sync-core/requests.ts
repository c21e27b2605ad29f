/** What people order: settings, pauses, and all that is about one record. Decided in the tenant's order (one answer each). */
import { type Pause, type Request, type Setting, SIDES, type Side, type Tenant } from '#contracts';
import { refusedAsUnavailable } from './availability.ts';
import { isEntityPaused, sideHeld } from './eligibility.ts';
import { probeConfigured } from './lanes.ts';
import type { FieldState } from './link-state.ts';
import { isTimeZone, runOvernight } from './overnight.ts';
import type { ReasonCode } from './reasons.ts';
import { decideRecordRequest, type RequestAnswer } from './record-requests.ts';
import { changeSetting, defaultSetting, parseSettings } from './settings.ts';
import { versionOf } from './shown.ts';
import { putLink, type StepContext, type Subject } from './step-context.ts';
import { WRITTEN } from './tenant-state.ts';

/** A tenant's configuration: brings its first settings, once, and its time zone and whether it has advanced ledgers, always. */
export function configureTenant(context: StepContext, tenant: Tenant): Subject {
  const { state } = context;
  const timeZone = isTimeZone(tenant.timeZone) ? tenant.timeZone : '';
  const { advancedLedgers } = tenant;
  const by = { changedBy: tenant.managedBy === 'console' ? 'console' : 'tenants-file', requestId: '' };
  const { setting } = state;
  for (const side of SIDES) probeConfigured(context, side);
  if (setting !== null) {
    const isSame = setting.timeZone === timeZone && setting.advancedLedgers === advancedLedgers && !setting.removed;
    if (isSame) return { entity: 'tenant', verdict: 'unchanged', reason: 'noted' };
    changeSetting(context, { timeZone, advancedLedgers, removed: false, ...by });
    return { entity: 'tenant', verdict: 'accepted', reason: 'setting-accepted' };
  }
  const parsed = parseSettings(tenant.initialSettings ?? {}, defaultSetting(state.tenantId));
  const initial = parsed.ok ? parsed.value : {};
  changeSetting(context, { ...initial, timeZone, advancedLedgers, ...by });
  return parsed.ok
    ? { entity: 'tenant', verdict: 'accepted', reason: 'setting-accepted' }
    : { entity: 'tenant', verdict: 'refused', reason: parsed.reason };
}

/**
 * A tenant that is configured nowhere any more: nothing is written until it is configured again. Links and settings stay, so
 * that it then goes on where it was; what was edited meanwhile is found by comparison.
 */
export function removeTenant(context: StepContext): Subject {
  const { setting } = context.state;
  if (setting === null || setting.removed) return { entity: 'tenant', verdict: 'unchanged', reason: 'noted' };
  changeSetting(context, { removed: true, changedBy: 'control-api', requestId: '' });
  return { entity: 'tenant', verdict: 'accepted', reason: 'tenant-removed' };
}

/** Requests that change nothing here: a comparison of both sides, and a read of a record that may not be known. */
const LOOKS: ReadonlySet<string> = new Set(['check-drift', 'observe']);

/** Orders about a plan: kept in the tenant's order, and carried out by whoever gives the plan's orders. */
const PLAN_KINDS: ReadonlySet<string> = new Set(['plan', 'approve-plan', 'pause-plan', 'resume-plan', 'cancel-plan']);

/** Decides on a request. */
export function decideRequest(context: StepContext, request: Request): RequestAnswer {
  const { setting } = context.state;
  if (setting !== null && setting.requestId === request.requestId) return refusal('request-repeated');
  if (request.seenVersion !== null && request.seenVersion !== versionOf(setting)) return refusal('setting-stale');
  const by = { changedBy: request.requestedBy, requestId: request.requestId };
  if (request.kind === 'set-settings') {
    const parsed = parseSettings(request.settings ?? {}, setting ?? defaultSetting(context.state.tenantId));
    if (!parsed.ok) return refusal(parsed.reason);
    const unavailable = refusedAsUnavailable(context.state, parsed.value);
    if (unavailable !== null) return refusal(unavailable);
    // Whoever approves the first alignment has seen its plan.
    if (setting?.alignment === 'hold' && parsed.value.alignment === 'auto') context.exempt = 'all';
    changeSetting(context, { ...parsed.value, ...by });
    if (context.state.setting?.contactRoleCode !== setting?.contactRoleCode) forgetUnknownRole(context);
    return accepted('setting-accepted');
  }
  // What was configured stands on sync.tenant; this says who did it.
  if (request.kind === 'configure-tenant') {
    return { subject: { entity: 'tenant', verdict: 'accepted', reason: 'noted' }, touchAll: false };
  }
  // Carried out by drift-checker, which only looks: nothing to decide, whatever record is named.
  if (LOOKS.has(request.kind)) return { ...accepted('request-accepted'), touchAll: false };
  if (PLAN_KINDS.has(request.kind)) {
    return { subject: { entity: 'plan', verdict: 'accepted', reason: 'request-accepted' }, touchAll: false };
  }
  if (request.recordId !== null) return decideRecordRequest(context, request, refusal);
  if (request.kind === 'pause' || request.kind === 'resume') {
    const change = pausesAfter(setting, request, context.nowMs);
    if (change === null) return refusal('request-unknown');
    changeSetting(context, { ...by, ...change });
    return accepted('request-accepted');
  }
  if (request.kind === 'run-overnight') {
    if (setting === null || !setting.enabled || !setting.accountManagers) {
      return refusal('setting-needs-account-managers');
    }
    runOvernight(context);
    return { ...accepted('request-accepted'), touchAll: false };
  }
  return refusal('request-unknown');
}

/** What a pause or its end changes: writing to a side, or writing a kind of record to both; null when it names neither, or both. */
function pausesAfter(setting: Setting | null, request: Request, nowMs: number): Partial<Setting> | null {
  const { kind, side: named, entity } = request;
  const turned = (paused: readonly string[], one: string): string[] => {
    const others = paused.filter((other) => other !== one);
    return kind === 'pause' ? [...others, one].sort() : others;
  };
  /** Why they are paused: who paused one first is why it is, whoever orders it again. */
  const noted = (what: string): Pause[] => {
    const known = setting?.pauses ?? [];
    const others = known.filter((one) => one.what !== what);
    if (kind === 'resume') return others;
    const first = known.find((one) => one.what === what) ?? {
      what,
      by: request.requestedBy,
      sinceMs: nowMs,
      reason: request.reason ?? '',
    };
    return [...others, first].sort((a, b) => (a.what < b.what ? -1 : 1));
  };
  const side = sideOf(named);
  const written = WRITTEN.find((known) => known === entity);
  if (side !== null && entity === null) {
    return { pausedSides: turned(setting?.pausedSides ?? [], side), pauses: noted(side) };
  }
  if (written === undefined || named !== null) return null;
  return { pausedEntities: turned(setting?.pausedEntities ?? [], written), pauses: noted(written) };
}

/** Contacts that the CRM did not take for their role are tried again with the new one. */
function forgetUnknownRole(context: StepContext): void {
  const isIt = ({ blocked }: FieldState): boolean => blocked?.code === 'role-unknown';
  for (const ref of [...context.state.links.keys()].sort()) {
    const link = context.state.links.get(ref);
    if (link === undefined || !link.fields.some(isIt)) continue;
    putLink(context, { ...link, fields: link.fields.map((one) => (isIt(one) ? { ...one, blocked: null } : one)) });
  }
}

function refusal(reason: ReasonCode): RequestAnswer {
  return { subject: { entity: 'setting', verdict: 'refused', reason }, touchAll: false };
}

function accepted(reason: ReasonCode): RequestAnswer {
  return { subject: { entity: 'setting', verdict: 'accepted', reason }, touchAll: true };
}

function sideOf(text: string | null): Side | null {
  return SIDES.find((side) => side === text) ?? null;
}

/** A switch-off or pause holds as soon as no command that was allowed before is under way. */
export function acknowledgeHold(context: StepContext): void {
  const { state } = context;
  if (state.setting === null || state.setting.holds) return;
  const writing = SIDES.some((side) => {
    const held = sideHeld(state, side);
    if (held !== null && held !== 'lane-deferred') return state.inFlight[side].size > 0;
    return [...state.inFlight[side]].some((ref) => {
      const link = state.links.get(ref);
      return link !== undefined && isEntityPaused(state.setting, link.entity);
    });
  });
  if (writing) return;
  state.setting = { ...state.setting, holds: true };
  context.settingChanged = true;
}
