/** How long an edit takes from one side to the other, seen from the outside: made on a page, visible in the other system. */
import type { SandboxChange, SandboxClient, Side } from '../sandbox-client/client.ts';
import { type CompanyPair, companyPairs } from '../sandbox-client/pairs.ts';
import { until } from '../wait.ts';

/** What is measured. */
export interface LatencyOptions {
  readonly sandbox: SandboxClient;
  readonly tenants: readonly string[];
  /** Side on which the edits are made. */
  readonly from: Side;
  /** Edits in a second, over all tenants together. */
  readonly editsPerSecond: number;
  /** How long edits are made, seconds. */
  readonly seconds: number;
  /** Told how many edits have arrived, about once a second. */
  readonly onProgress?: (arrived: number, made: number) => void;
}

/** What came out. */
export interface LatencyResult {
  readonly edits: number;
  /** Edits whose value was seen on the other side. */
  readonly arrived: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** An edit that has not arrived for this long has not arrived, milliseconds. */
const PATIENCE_MS = 60_000;

interface Edit {
  readonly tenant: string;
  readonly pair: CompanyPair;
}

/** Makes edits at an even pace and times each until it is visible on the other side. */
export async function measureLatency(options: LatencyOptions): Promise<LatencyResult> {
  const { sandbox, from, editsPerSecond, seconds } = options;
  const to: Side = from === 'crm' ? 'unleashed' : 'crm';
  const edits = await plan(options);
  const startedAtMs = new Map<string, number>();
  const tookMs = new Map<string, number>();
  const following = new AbortController();
  await sandbox.follow((change) => {
    const nowMs = performance.now();
    const value = phoneIn(change, to);
    const started = value === null ? undefined : startedAtMs.get(value);
    if (value !== null && started !== undefined && !tookMs.has(value)) tookMs.set(value, nowMs - started);
  }, following.signal);
  try {
    const beginMs = performance.now();
    const made: Promise<unknown>[] = [];
    const count = Math.round(editsPerSecond * seconds);
    for (let index = 0; index < count; index++) {
      const dueMs = beginMs + (index * 1_000) / editsPerSecond;
      await until(() => performance.now() >= dueMs, { pauseMs: 2, timeoutMs: PATIENCE_MS });
      const { tenant, pair } = edits[index % edits.length]!;
      const value = `+44 20 7${String(index).padStart(6, '0')}${from === 'crm' ? 1 : 2}${beginMs.toFixed(0).slice(-4)}`;
      startedAtMs.set(value, performance.now());
      made.push(sandbox.update(tenant, from, 'companies', pair[from].Id, { PhoneNumber: value }));
      if (index % Math.ceil(editsPerSecond) === 0) options.onProgress?.(tookMs.size, index + 1);
    }
    await Promise.all(made);
    await until(() => tookMs.size === startedAtMs.size, { timeoutMs: PATIENCE_MS, pauseMs: 50 }).catch(() => {});
    return summarise(startedAtMs.size, [...tookMs.values()]);
  } finally {
    following.abort();
  }
}

/** Companies to edit: round the tenants, a different company each time round. */
async function plan({ sandbox, tenants }: LatencyOptions): Promise<Edit[]> {
  const pairs = await Promise.all(tenants.map((tenant) => companyPairs(sandbox, tenant)));
  const rounds = Math.min(...pairs.map((one) => one.length));
  if (!(rounds > 0)) throw new Error('some tenant has no company on both sides');
  return Array.from({ length: rounds }, (_, round) =>
    tenants.map((tenant, index) => ({ tenant, pair: pairs[index]![round]! })),
  ).flat();
}

/** The phone number that a change of that side brought, if it did. */
function phoneIn({ side, fields }: SandboxChange, wanted: Side): string | null {
  if (side !== wanted) return null;
  const value = fields.find(({ field }) => field === 'PhoneNumber')?.after;
  return typeof value === 'string' ? value : null;
}

/** Percentiles of times, nearest rank. */
export function summarise(edits: number, tookMs: readonly number[]): LatencyResult {
  const sorted = [...tookMs].sort((a, b) => a - b);
  const at = (share: number): number =>
    sorted.length === 0 ? Number.NaN : Math.round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]! * 10) / 10;
  return { edits, arrived: sorted.length, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), maxMs: at(1) };
}
