/** Tries one tenant's credentials, read-only, and says what is there. A dozen calls at most. */
import { type CrmClient, type CrmQuery, type CrmSet, createCrmClient } from '#prospect-crm';
import { pollScheduleOf, pollsBetween } from '#quota';
import { describeError, type JsonRecord, type OutboundPolicy, type Tenant } from '#runtime';
import { createUnleashedClient, type UnleashedClient } from '#unleashed';
import { adviceOn, refusalOf } from './advice.ts';

/** One thing that was found. */
export interface Finding {
  /** ok: as it should be. note: works, but worth knowing. problem: two-way sync will not work. */
  readonly level: 'ok' | 'note' | 'problem';
  readonly side: 'CRM' | 'Unleashed';
  /** One sentence without a secret. */
  readonly message: string;
}

/** What was found of one tenant. */
export interface TenantReport {
  readonly tenantId: string;
  readonly name: string;
  readonly findings: readonly Finding[];
}

/** Pages that are counted of one list; a larger list is "or more". */
const PAGES_MAX = 4;
/** A clock that is further off makes `latest` decide wrongly, milliseconds. */
const CLOCK_OFFSET_MAX_MS = 2_000;
const CALL_TIMEOUT_MS = 15_000;
const MONTH_MS = 31 * 86_400_000;

/** How a tenant is checked. */
export interface CheckOptions {
  /** Addresses that may be connected to although they are not public. */
  readonly outbound: OutboundPolicy;
  /** Our clock, milliseconds since the epoch. Default Date.now. */
  readonly now?: () => number;
}

/** Checks both sides, at the same time. Never rejects: what goes wrong is a finding. */
export async function checkTenant(tenant: Tenant, options: CheckOptions): Promise<TenantReport> {
  const { outbound, now = Date.now } = options;
  const crm = createCrmClient({
    baseUrl: tenant.prospect.baseUrl,
    token: tenant.prospect.token.reveal(),
    timeoutMs: CALL_TIMEOUT_MS,
    outbound,
  });
  const unleashed = createUnleashedClient({
    baseUrl: tenant.unleashed.baseUrl,
    apiId: tenant.unleashed.apiId,
    apiKey: tenant.unleashed.apiKey.reveal(),
    timeoutMs: CALL_TIMEOUT_MS,
    outbound,
  });
  try {
    const findings = await Promise.all([
      attempt('CRM', () => checkCrm(crm, now)),
      attempt('Unleashed', () => checkUnleashed(unleashed, tenant)),
    ]);
    return { tenantId: tenant.id, name: tenant.name, findings: findings.flat() };
  } finally {
    await Promise.all([crm.close(), unleashed.close()]);
  }
}

async function attempt(side: Finding['side'], work: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await work();
  } catch (error) {
    return [{ level: 'problem', side, message: whyNot(error) }];
  }
}

/** A sentence without a secret: what is wrong and what to do. */
function whyNot(error: unknown): string {
  const refusal = refusalOf(error);
  if (refusal !== undefined) return `${refusal.message}. ${refusal.hint}`;
  return `${adviceOn(error) ?? 'The system cannot be read.'} (${describeError(error).message})`;
}

async function checkCrm(crm: CrmClient, now: () => number): Promise<Finding[]> {
  const side = 'CRM';
  const startedAtMs = now();
  const companies = await countOf(crm, 'Divisions', { select: ['DivisionId'], filter: { StatusFlag: { ne: 'D' } } });
  const midMs = (startedAtMs + companies.endedAtMs(now)) / 2;
  const contacts = await countOf(crm, 'Contacts', { select: ['ContactId'], filter: { StatusFlag: { ne: 'D' } } });
  const users = await countOf(crm, 'Users', {});
  const managers = users.records.filter((user) => Boolean(user.AccountManager) && !user.Obsolete).length;
  const operating = await countOf(crm, 'HomeCurrencies', {});
  const findings: Finding[] = [
    {
      level: 'ok',
      side,
      message: `${companies.text} companies, ${contacts.text} contacts, ${users.text} users (${managers} may be account managers).`,
    },
  ];
  if (operating.records.length > 1) {
    const codes = operating.records.map((row) => String(row.OperatingCompanyCode ?? '?')).join(', ');
    findings.push({
      level: 'problem',
      side,
      message: `${operating.records.length} operating companies (${codes}): two-way sync is not available for such a workspace.`,
    });
  }
  if (companies.answeredAtMs !== null) {
    // The Date header has whole seconds.
    const offsetMs = Math.round(companies.answeredAtMs + 500 - midMs);
    const off = Math.abs(offsetMs) > CLOCK_OFFSET_MAX_MS;
    const text = Math.abs(offsetMs) < 1_000 ? 'agrees with ours' : `is ${offsetMs} ms off ours`;
    const advice = off ? ': set this machine by NTP, or the latest edit may not win' : '';
    findings.push({ level: off ? 'note' : 'ok', side, message: `Its clock ${text}${advice}.` });
  }
  return findings;
}

async function checkUnleashed(unleashed: UnleashedClient, tenant: Tenant): Promise<Finding[]> {
  const side = 'Unleashed';
  const countList = async (resource: string): Promise<number> => {
    const parameters = [['pageSize', '1']] as const;
    return (await unleashed.list({ resource, pageNumber: 1, parameters })).numberOfItems;
  };
  const customers = await countList('Customers');
  const salesPeople = await countList('Salespersons');
  const nowMs = Date.now();
  const pollsPerMonth = Math.round(pollsBetween(pollScheduleOf(tenant), nowMs, nowMs + MONTH_MS));
  const findings: Finding[] = [{ level: 'ok', side, message: `${customers} customers, ${salesPeople} sales people.` }];
  if (pollsPerMonth > tenant.unleashed.monthlyCalls) {
    findings.push({
      level: 'note',
      side,
      message:
        `The polls that are wanted are ${pollsPerMonth} calls a month, ` +
        `and monthlyCalls is ${tenant.unleashed.monthlyCalls}: polls will be made less often.`,
    });
  }
  return findings;
}

interface Counted {
  readonly records: readonly JsonRecord[];
  /** The number; "2000 or more" for a long list. */
  readonly text: string;
  /** The API's clock of the first page. */
  readonly answeredAtMs: number | null;
  /** Our clock when the first page was there. */
  readonly endedAtMs: (now: () => number) => number;
}

async function countOf(crm: CrmClient, set: CrmSet, query: CrmQuery): Promise<Counted> {
  const records: JsonRecord[] = [];
  let answeredAtMs: number | null = null;
  let firstAtMs: number | null = null;
  let pages = 0;
  for await (const page of crm.pages(set, query)) {
    firstAtMs ??= Date.now();
    if (pages === 0) answeredAtMs = page.answeredAtMs;
    records.push(...page.records);
    pages++;
    if (pages >= PAGES_MAX) break;
  }
  const more = pages >= PAGES_MAX ? ' or more' : '';
  return { records, text: `${records.length}${more}`, answeredAtMs, endedAtMs: (now) => firstAtMs ?? now() };
}
