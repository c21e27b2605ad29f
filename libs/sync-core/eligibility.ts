/** Whether a link takes part, and if not, why (rows 1, 5 and 16 of the mission). */
import type { Entity, Field, LinkSide, Setting, Side } from '#contracts';
import type { LinkState } from './link-state.ts';
import type { ReasonCode } from './reasons.ts';
import { linkOf, type TenantState } from './tenant-state.ts';

/** Takes part, or the reason why not; question: it would, once a person has said something. */
export type Standing =
  | { eligible: true }
  | { eligible: false; state: 'not-eligible' | 'question'; reason: ReasonCode | (string & {}) };

const TAKES_PART: Standing = { eligible: true };

function no(reason: Exclude<Standing, { eligible: true }>['reason']): Standing {
  return { eligible: false, state: 'not-eligible', reason };
}

function question(reason: ReasonCode): Standing {
  return { eligible: false, state: 'question', reason };
}

/** Whether a link's fields may be written to either side, apart from settings and pauses. */
export function standingOf(state: TenantState, link: LinkState): Standing {
  const { crm, unleashed } = link;
  const broken = brokenHalf(crm) ?? brokenHalf(unleashed);
  if (broken !== null) return no(broken);
  if (link.entity === 'person') return no('person-told-apart');
  if (link.entity === 'company') return companyStanding(state, link);
  return contactStanding(state, link);
}

function brokenHalf(half: LinkSide | null): string | null {
  return half === null || half.active ? null : half.inactiveReason;
}

function companyStanding(state: TenantState, link: LinkState): Standing {
  if (link.crm !== null && link.unleashed !== null) return TAKES_PART;
  if (link.crm === null) return no('no-company');
  return no(whyUnpaired(state, link.crm));
}

/** Why a company of the CRM with an open account has no customer: it is not the account's default, or there is none. */
function whyUnpaired(state: TenantState, half: LinkSide): ReasonCode {
  const customers = [...(state.index.byCode.unleashed.get(half.code) ?? [])];
  const known = half.accountsId === '' ? undefined : linkOf(state, 'company', 'unleashed', half.accountsId);
  const customer = known ?? (customers.length === 1 ? state.links.get(customers[0] ?? '') : undefined);
  if (customer === undefined) return customers.length > 1 ? 'ambiguous-code' : 'no-customer';
  return half.defaultId === null ? 'no-default-company' : 'not-default-company';
}

function contactStanding(state: TenantState, link: LinkState): Standing {
  const { crm, unleashed } = link;
  if (crm !== null && unleashed !== null) {
    const company = linkOf(state, 'company', 'unleashed', unleashed.parentId);
    if (company === undefined || !standingOf(state, company).eligible) return no('company-not-synced');
    return company.crm?.id === crm.parentId ? TAKES_PART : no('contact-elsewhere');
  }
  if (crm === null) {
    const company = linkOf(state, 'company', 'unleashed', unleashed?.parentId ?? '');
    if (company === undefined || !standingOf(state, company).eligible) return no('company-not-synced');
    return link.lookalikes.length > 0 && !link.createWanted ? question('match-ambiguous') : TAKES_PART;
  }
  const company = linkOf(state, 'company', 'crm', crm.parentId);
  if (company === undefined || !standingOf(state, company).eligible) return no('company-not-synced');
  return link.createWanted ? TAKES_PART : no('not-in-unleashed');
}

/** Why nothing at all flows; null when something may. */
export function offReason(setting: Setting | null): ReasonCode | null {
  if (setting?.removed === true) return 'tenant-removed';
  return setting === null || !setting.enabled ? 'sync-off' : null;
}

/** Whether settings let the field flow. */
export function fieldEnabled(setting: Setting | null, field: Field): boolean {
  if (setting === null || offReason(setting) !== null) return false;
  if (field === 'address') return setting.addresses;
  return field === 'accountManager' ? setting.accountManagers : true;
}

/** Why a field's value cannot be told on one of the sides; null when it can. */
export function unclearCode(link: LinkState, field: Field): string | null {
  return unclearAt(link.crm, field) ?? unclearAt(link.unleashed, field) ?? null;
}

function unclearAt(half: LinkSide | null, field: Field): string | undefined {
  if (half === null || half.unclear.length === 0) return undefined;
  return half.unclear.find((unclear) => unclear.field === field)?.code;
}

/** Whether a person paused a kind of record: neither side is written to for it. */
export function isEntityPaused(setting: Setting | null, entity: Entity): boolean {
  return setting?.pausedEntities.includes(entity) === true;
}

/** Why nothing may be written to a side at all; null when it may. */
export function sideHeld(state: Pick<TenantState, 'setting' | 'lanes'>, side: Side): ReasonCode | null {
  const off = offReason(state.setting);
  if (off !== null) return off;
  if (state.setting?.pausedSides.includes(side) === true) return 'side-paused';
  return state.lanes[side].state === 'deferred' ? 'lane-deferred' : null;
}
