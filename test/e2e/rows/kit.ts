/** What the tests of the mission's rows share: a chain with every service a process, and hands on both systems and in between. */
import { afterAll, beforeAll, expect } from 'vitest';
import type { Link } from '#contracts';
import { useStack } from '#test/support/stack.ts';
import type { Collection, SandboxClient, SandboxRecord, Side } from '../../../services/cli/sandbox-client/client.ts';
import { type CompanyPair, companyPairs, contactPairs } from '../../../services/cli/sandbox-client/pairs.ts';
import { readTopic } from '../../../services/cli/topic-reading.ts';
import { until } from '../../support/until.ts';
import { startTestSystem, type TestSystem } from '../system.ts';

const PATIENCE_MS = 45_000;

/** An answer of the control API. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** How the API shows the place of the button, or a field. */
interface Standing {
  readonly state: string;
  readonly reason: string;
}

/** A record as `GET …/records/{entity}/{id}` shows it, as far as the tests look. */
export interface Shown extends Standing {
  readonly id: string;
  readonly crmId: string | null;
  readonly unleashedId: string | null;
  readonly fields: readonly (Standing & { field: string; crm: string | null; unleashed: string | null })[];
  readonly lookalikes: readonly { crmId: string; name: string }[];
  readonly button: (Standing & { unleashedId: string | null; sentence: string }) | null;
}

/** A chain that the tests of a file share, and what people do with it. All of it is about its first tenant. */
export interface Rows {
  readonly chain: TestSystem;
  readonly sandbox: SandboxClient;
  readonly tenant: string;
  /** A pair of companies that no test of the file had before. */
  freshPair(): CompanyPair;
  /** Such a pair with at least one contact on both sides. */
  freshPairWithContact(): Promise<CompanyPair>;
  /** Contacts on both sides of a pair of companies, as they are now. */
  contactsOf(pair: CompanyPair): ReturnType<typeof contactPairs>;
  /** Edits fields of a record as a person does. */
  edit(side: Side, collection: Collection, id: string, fields: object): Promise<SandboxRecord>;
  /** Waits until a record has these values. */
  shows(side: Side, collection: Collection, id: string, fields: Record<string, unknown>): Promise<void>;
  /** Waits until a condition on a record holds. */
  becomes(
    side: Side,
    collection: Collection,
    id: string,
    what: string,
    condition: (record: SandboxRecord) => boolean,
  ): Promise<void>;
  /** Waits for something else. */
  wait<T>(what: string, condition: () => Promise<T | false>): Promise<T>;
  /** The record as the control API shows it, once it is as wanted. */
  record(
    entity: 'company' | 'contact',
    id: string,
    what: string,
    condition: (record: Shown) => boolean,
  ): Promise<Shown>;
  /** The last state on `sync.link` of the link with an Unleashed record, once it is as wanted. */
  linkOf(unleashedId: string, what: string, condition: (link: Link) => boolean): Promise<Link>;
  /** Changes settings; they are accepted. */
  settings(change: object): Promise<void>;
  /** Orders something at the control API. */
  order(body: object): Promise<Answer>;
}

/** Starts a chain for the tests of this file and stops it after them. Its parts are there when the first test runs. */
export function useRows(name: string, companies: number, serviceEnv = {}, tenants = 2): Rows {
  const servers = useStack();
  let chain: TestSystem;
  let pairs: CompanyPair[];

  beforeAll(async () => {
    chain = await startTestSystem(name, servers, { tenants, companies }, serviceEnv);
    await chain.agreed();
    pairs = await companyPairs(chain.sandbox, rows.tenant);
  }, 240_000);
  afterAll(() => chain?.stop(), 60_000);

  const wait: Rows['wait'] = (what, condition) => until(condition, { timeoutMs: PATIENCE_MS, what });
  const becomes: Rows['becomes'] = async (side, collection, id, what, condition) => {
    const read = async () => condition(await rows.sandbox.get(rows.tenant, side, collection, id));
    await wait(`${side} ${collection} ${id}: ${what}`, read);
  };
  const rows: Rows = {
    get chain() {
      return chain;
    },
    get sandbox() {
      return chain.sandbox;
    },
    get tenant() {
      return chain.tenants[0]!;
    },
    freshPair() {
      const pair = pairs.shift();
      if (pair === undefined) throw new Error('the tests of this file need more companies');
      return pair;
    },
    async freshPairWithContact() {
      const pair = rows.freshPair();
      return (await rows.contactsOf(pair)).length > 0 ? pair : await rows.freshPairWithContact();
    },
    contactsOf: (pair) => contactPairs(rows.sandbox, rows.tenant, [pair]),
    edit: (side, collection, id, fields) => rows.sandbox.update(rows.tenant, side, collection, id, fields),
    shows: (side, collection, id, fields) =>
      becomes(side, collection, id, JSON.stringify(fields), (record) =>
        Object.entries(fields).every(([field, value]) => record[field] === value),
      ),
    becomes,
    wait,
    record: (entity, id, what, condition) =>
      wait(`${entity} ${id}: ${what}`, async () => {
        const { status, body } = await chain.control('GET', `/v1/tenants/${rows.tenant}/records/${entity}/${id}`);
        return status === 200 && condition(body as Shown) ? (body as Shown) : false;
      }),
    linkOf: (unleashedId, what, condition) =>
      wait(what, async () => {
        const all = await readTopic(chain.cluster, 'sync.link.v1', ({ linkId }) => linkId === `u:${unleashedId}`);
        const last = all.at(-1);
        return last !== undefined && condition(last) ? last : false;
      }),
    settings: async (change) => {
      const answer = await chain.control('PUT', `/v1/tenants/${rows.tenant}/settings`, change);
      expect(answer).toMatchObject({ status: 200 });
    },
    order: (body) => chain.control('POST', `/v1/tenants/${rows.tenant}/requests`, body),
  };
  return rows;
}

/** A field of a link. */
export const fieldOf = (link: Link, name: string) => link.fields.find(({ field }) => field === name);

/** How the API says that a field stands: state and reason. */
export function standingOf(record: Shown, name: string): string {
  const field = record.fields.find((one) => one.field === name);
  return field === undefined ? 'no such field' : `${field.state}: ${field.reason}`;
}

/** Path of the account of a company in the sandbox: operating company and ledger. */
export function ledgerPath(crm: Record<string, unknown>): string {
  const { OperatingCompanyCode, SalesLedgerId } = crm.SalesLedger as Record<string, unknown>;
  return encodeURIComponent(`${OperatingCompanyCode}|${SalesLedgerId}`);
}
