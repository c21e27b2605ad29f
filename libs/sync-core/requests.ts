/** What people order: settings, pauses, retries. Decided in the tenant's order, so a stale page and two admins at once have one answer. */
import { type Request, type Setting, SIDES, type Side, type Tenant } from '#contracts';
import { sideHeld } from './eligibility.ts';
import type { LinkState } from './link-state.ts';
import type { ReasonCode } from './reasons.ts';
import { putLink, type StepContext, type Subject, say } from './step-context.ts';
import { linkOf } from './tenant-state.ts';
import { entityOf } from './work.ts';

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
    changedBy: '',
    changedAtMs: 0,
    requestId: '',
  };
}

type Parsed = { ok: true; value: Partial<Setting> } | { ok: false; reason: ReasonCode };

const SWITCHES = ['enabled', 'addresses'] as const;
const NOT_YET = ['accountManagers', 'accountManagersOvernight'] as const;
const POLICIES = ['latest', 'crm', 'unleashed', 'ask'];
/** Longest RoleCode, characters (prospect-api.md section 3, Contact). */
const LONGEST_ROLE_CODE = 6;

/** Reads one setting from text. */
function parseSetting(name: string, text: string): Parsed {
  if (NOT_YET.some((known) => known === name)) {
    return text === 'false' ? { ok: true, value: {} } : { ok: false, reason: 'setting-not-available' };
  }
  const switched = SWITCHES.find((known) => known === name);
  if (switched !== undefined) {
    if (text !== 'true' && text !== 'false') return { ok: false, reason: 'setting-invalid' };
    return { ok: true, value: { [switched]: text === 'true' } };
  }
  if (name === 'conflictPolicy') {
    return POLICIES.includes(text)
      ? { ok: true, value: { conflictPolicy: text } }
      : { ok: false, reason: 'setting-invalid' };
  }
  if (name === 'contactRoleCode') {
    const fits = text.length > 0 && text.length <= LONGEST_ROLE_CODE;
    return fits ? { ok: true, value: { contactRoleCode: text } } : { ok: false, reason: 'setting-invalid' };
  }
  return { ok: false, reason: 'setting-unknown' };
}

function parseSettings(given: Record<string, string>): Parsed {
  let value: Partial<Setting> = {};
  for (const [name, text] of Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const parsed = parseSetting(name, text);
    if (!parsed.ok) return parsed;
    value = { ...value, ...parsed.value };
  }
  return { ok: true, value };
}

/** A tenant's configuration: brings its first settings, once. */
export function configureTenant(context: StepContext, tenant: Tenant): Subject {
  const { state } = context;
  if (state.setting !== null) return { entity: 'tenant', verdict: 'unchanged', reason: 'noted' };
  const parsed = parseSettings(tenant.initialSettings ?? {});
  const initial = parsed.ok ? parsed.value : {};
  changeSetting(context, { ...initial, changedBy: 'tenants-file', requestId: '' });
  return parsed.ok
    ? { entity: 'tenant', verdict: 'accepted', reason: 'setting-accepted' }
    : { entity: 'tenant', verdict: 'refused', reason: parsed.reason };
}

/** Decides on a request; every link may be touched by it, and `touchAll` says so. */
export function decideRequest(context: StepContext, request: Request): { subject: Subject; touchAll: boolean } {
  const refusal = (reason: ReasonCode) => ({
    subject: { entity: 'setting', verdict: 'refused', reason } as const,
    touchAll: false,
  });
  const accepted = (reason: ReasonCode) => ({
    subject: { entity: 'setting', verdict: 'accepted', reason } as const,
    touchAll: true,
  });
  const { setting } = context.state;
  if (setting !== null && setting.requestId === request.requestId) return refusal('request-repeated');
  if (request.seenVersion !== null && request.seenVersion !== (setting?.version ?? 0)) return refusal('setting-stale');
  const by = { changedBy: request.requestedBy, requestId: request.requestId };
  if (request.kind === 'set-settings') {
    const parsed = parseSettings(request.settings ?? {});
    if (!parsed.ok) return refusal(parsed.reason);
    changeSetting(context, { ...parsed.value, ...by });
    return accepted('setting-accepted');
  }
  if (request.recordId !== null) return decideRecordRequest(context, request, refusal);
  const side = sideOf(request.side);
  if ((request.kind === 'pause' || request.kind === 'resume') && side !== null) {
    const others = (setting?.pausedSides ?? []).filter((paused) => paused !== side);
    changeSetting(context, { ...by, pausedSides: request.kind === 'pause' ? [...others, side].sort() : others });
    return accepted('request-accepted');
  }
  return refusal('request-unknown');
}

type Refusal = (reason: ReasonCode) => { subject: Subject; touchAll: boolean };

function decideRecordRequest(
  context: StepContext,
  request: Request,
  refusal: Refusal,
): { subject: Subject; touchAll: boolean } {
  const entity = entityOf(request.entity ?? '');
  const side = sideOf(request.side);
  const link =
    entity === null || side === null ? undefined : linkOf(context.state, entity, side, request.recordId ?? '');
  if (entity === null || side === null || link === undefined) return refusal('record-unknown');
  const changed = ordered(link, request.kind, side);
  if (changed === null) return refusal(request.kind === 'sync-contact' ? 'already-there' : 'request-unknown');
  const next = putLink(context, changed);
  say(context, next, 'accepted', 'request-accepted');
  return { subject: { ref: `${next.entity}/${next.linkId}` }, touchAll: false };
}

function ordered(link: LinkState, kind: string, side: Side): LinkState | null {
  if (kind === 'pause') return { ...link, paused: true };
  if (kind === 'resume') return { ...link, paused: false };
  if (kind === 'read') return { ...link, readSide: side };
  if (kind === 'retry') {
    return {
      ...link,
      retry: null,
      fields: link.fields.map((field) => (field.blocked === null ? field : { ...field, blocked: null })),
    };
  }
  if (kind === 'sync-contact' && link.entity === 'contact' && link.unleashed === null)
    return { ...link, createWanted: true };
  return null;
}

function sideOf(text: string | null): Side | null {
  return SIDES.find((side) => side === text) ?? null;
}

function changeSetting(context: StepContext, change: Partial<Setting>): void {
  const { state, nowMs } = context;
  const before = state.setting ?? defaultSetting(state.tenantId);
  state.setting = { ...before, ...change, version: before.version + 1, changedAtMs: nowMs, holds: false };
  context.settingChanged = true;
}

/** A switch-off or pause holds as soon as no command that was allowed before is under way. */
export function acknowledgeHold(context: StepContext): void {
  const { state } = context;
  if (state.setting === null || state.setting.holds) return;
  const writing = SIDES.some((side) => {
    const held = sideHeld(state, side);
    return held !== null && held !== 'lane-deferred' && state.inFlight[side].size > 0;
  });
  if (writing) return;
  state.setting = { ...state.setting, holds: true };
  context.settingChanged = true;
}
