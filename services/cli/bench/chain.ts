/** `bench sink`: what the chain adds between a change event and the first call to the other API. */
import type { SandboxCall, SandboxClient } from '../sandbox-client/client.ts';
import { companyPairs } from '../sandbox-client/pairs.ts';
import { until } from '../wait.ts';
import { type LatencyResult, summarise } from './latency.ts';

/** What is measured. */
export interface ChainOptions {
  readonly sandbox: SandboxClient;
  readonly tenants: readonly string[];
  readonly editsPerSecond: number;
  readonly seconds: number;
}

/** An edit and when it was made. */
export interface TimedEdit {
  readonly tenant: string;
  /** Id of the customer that it has to reach. */
  readonly customer: string;
  readonly atMs: number;
}

/** After the last edit, milliseconds. */
const PATIENCE_MS = 15_000;
const PAUSE_MS = 250;

/**
 * Edits phone numbers in the CRM at an even pace. Timed is from the sandbox's change, which sends the change event, to the
 * arrival of the sink's first call about that customer: event, read of the CRM, two topics and the decision in between.
 */
export async function measureChain({
  sandbox,
  tenants,
  editsPerSecond,
  seconds,
}: ChainOptions): Promise<LatencyResult> {
  const pairs = await Promise.all(tenants.map((tenant) => companyPairs(sandbox, tenant)));
  const count = Math.round(editsPerSecond * seconds);
  let { lastSeq } = await sandbox.calls(Number.MAX_SAFE_INTEGER);
  const calls: SandboxCall[] = [];
  const collect = async (): Promise<void> => {
    const found = await sandbox.calls(lastSeq, { side: 'unleashed' });
    calls.push(...found.items);
    lastSeq = found.lastSeq;
  };
  const edits: TimedEdit[] = [];
  const making: Promise<unknown>[] = [];
  const beginMs = performance.now();
  let collectedMs = beginMs;
  for (let n = 0; n < count; n++) {
    const dueMs = beginMs + (n * 1_000) / editsPerSecond;
    await until(() => performance.now() >= dueMs, { pauseMs: 2, timeoutMs: PATIENCE_MS });
    const at = n % tenants.length;
    const ofTenant = pairs[at] ?? [];
    const pair = ofTenant[Math.floor(n / tenants.length) % ofTenant.length];
    if (pair === undefined) throw new Error(`${tenants[at]} has no company on both sides`);
    const tenant = tenants[at] ?? '';
    edits.push({ tenant, customer: pair.unleashed.Id, atMs: Date.now() });
    making.push(
      sandbox.update(tenant, 'crm', 'companies', pair.crm.Id, { PhoneNumber: `+44 20 8${beginMs.toFixed(0)} ${n}` }),
    );
    if (performance.now() - collectedMs > 1_000) {
      collectedMs = performance.now();
      making.push(collect());
    }
  }
  await Promise.all(making);
  await until(
    async () => {
      await collect();
      return firstCalls(edits, calls).length === edits.length;
    },
    { timeoutMs: PATIENCE_MS, pauseMs: PAUSE_MS },
  ).catch(() => {});
  return summarise(edits.length, firstCalls(edits, calls));
}

/** For each edit the time until the first call about its customer after it, milliseconds; edits without one are left out. */
export function firstCalls(
  edits: readonly TimedEdit[],
  calls: readonly Pick<SandboxCall, 'tenant' | 'url' | 'atMs'>[],
): number[] {
  const byTenant = Map.groupBy(calls, ({ tenant }) => tenant);
  return edits.flatMap(({ tenant, customer, atMs }) => {
    const after = (byTenant.get(tenant) ?? []).filter((call) => call.atMs >= atMs && call.url.includes(customer));
    return after.length === 0 ? [] : [Math.min(...after.map((call) => call.atMs)) - atMs];
  });
}
