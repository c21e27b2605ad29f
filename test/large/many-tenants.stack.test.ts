/** Row 17: five hundred tenants on one machine, some of them in trouble, which is nobody else's. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useStack } from '#test/support/stack.ts';
import { until } from '#test/support/until.ts';
import { type CompanyPair, companyPairs, differences } from '../../services/cli/sandbox-client/pairs.ts';
import { startTestSystem, type TestSystem } from '../e2e/system.ts';

const TENANTS = 500;
/** Tenants that are edited while others are in trouble: every so many-th. */
const EVERY = 10;
const PATIENCE_MS = 300_000;
const servers = useStack();
let chain: TestSystem;

beforeAll(async () => {
  // A poll a minute: five hundred tenants are eight a second.
  chain = await startTestSystem('many', servers, { tenants: TENANTS, companies: 2, pollSeconds: 60 });
}, 240_000);
afterAll(() => chain?.stop(), 60_000);

const pairOf = async (tenant: string): Promise<CompanyPair> => (await companyPairs(chain.sandbox, tenant))[0]!;
const phoneOf = async (tenant: string, { unleashed }: CompanyPair): Promise<unknown> =>
  (await chain.sandbox.get(tenant, 'unleashed', 'companies', unleashed.Id)).PhoneNumber;

/** Edits a company in the CRM of each tenant. */
async function editAll(tenants: readonly string[], PhoneNumber: string): Promise<Map<string, CompanyPair>> {
  const pairs = new Map<string, CompanyPair>();
  for (const tenant of tenants) {
    const pair = await pairOf(tenant);
    pairs.set(tenant, pair);
    await chain.sandbox.update(tenant, 'crm', 'companies', pair.crm.Id, { PhoneNumber });
  }
  return pairs;
}

/** Waits until something holds of every tenant; who is there is not asked again. */
async function allOf(
  tenants: Iterable<string>,
  what: string,
  holds: (tenant: string) => Promise<boolean>,
): Promise<void> {
  const left = new Set(tenants);
  await until(
    async () => {
      for (const tenant of left) {
        if (!(await holds(tenant))) return false;
        left.delete(tenant);
      }
      return true;
    },
    { timeoutMs: PATIENCE_MS, what },
  );
}

const arrives = (pairs: ReadonlyMap<string, CompanyPair>, value: string): Promise<void> =>
  allOf(pairs.keys(), `${value} in Unleashed`, async (one) => (await phoneOf(one, pairs.get(one)!)) === value);

describe('five hundred tenants', () => {
  it('are all brought in line', async () => {
    expect(chain.tenants).toHaveLength(TENANTS);
    await allOf(chain.tenants, 'both sides agree', async (one) => (await differences(chain.sandbox, one)).length === 0);
  }, 360_000);

  it('of which some are in outage, throttled, or have what nobody can send: the others do not notice', async () => {
    const [outage, throttled, poison, ...rest] = chain.tenants as [string, string, string, ...string[]];
    const others = rest.filter((_, index) => index % EVERY === 0);
    const { sandbox } = chain;
    await sandbox.addFault(outage, { side: 'unleashed', kind: 'outage' });
    await sandbox.addFault(throttled, { side: 'unleashed', kind: 'rateLimit', retryAfterSeconds: 2 });
    await sandbox.addFault(poison, { side: 'unleashed', kind: 'error', status: 500, methods: ['POST'] });
    const troubled = [outage, throttled, poison];
    const stuck = await editAll(troubled, '+44 stuck');
    await arrives(await editAll(others, '+44 fine'), '+44 fine');
    for (const tenant of troubled) expect(await phoneOf(tenant, stuck.get(tenant)!)).not.toBe('+44 stuck');
    const { body } = await chain.control('GET', `/v1/tenants/${throttled}`);
    expect(JSON.stringify(body)).toMatch(/rate-limited|unavailable/);
    for (const tenant of troubled) await sandbox.clearFaults(tenant);
    await arrives(stuck, '+44 stuck');
  }, 900_000);
});
