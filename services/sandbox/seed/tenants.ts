/** Which tenants a sandbox starts with. */
import type { regions, trades } from './words.ts';

/** One made-up tenant. */
export type TenantSeed = {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
  readonly region: keyof typeof regions;
  readonly trade: keyof typeof trades;
  /** Companies in it (both systems together). */
  readonly companies: number;
  /** Unleashed calls a month. */
  readonly monthlyCalls: number;
  /** Seconds between polls of Unleashed. */
  readonly pollSeconds: number;
};

/** Unleashed calls a month of a seeded tenant: enough for a day of trying things out. */
const monthlyCalls = 100_000;
/** Seconds between polls of Unleashed of a seeded tenant. */
const pollSeconds = 5;

/** The three tenants of the lifelike data set. */
export const lifelikeTenants: readonly TenantSeed[] = [
  {
    id: 'harbour-foods',
    name: 'Harbour Foods',
    timeZone: 'Pacific/Auckland',
    region: 'NZ',
    trade: 'food',
    companies: 130,
    monthlyCalls,
    pollSeconds,
  },
  {
    id: 'northwind-tools',
    name: 'Northwind Tools',
    timeZone: 'Europe/London',
    region: 'GB',
    trade: 'tools',
    companies: 110,
    monthlyCalls,
    pollSeconds,
  },
  {
    id: 'alpine-cycles',
    name: 'Alpine Cycles',
    timeZone: 'Australia/Sydney',
    region: 'AU',
    trade: 'cycles',
    companies: 90,
    monthlyCalls,
    pollSeconds,
  },
];

/**
 * Made-up tenants for benchmarks: `tenant-001` and so on.
 * @param count how many
 * @param companies companies in each
 */
export function manyTenants(count: number, companies: number): TenantSeed[] {
  const zones = ['Pacific/Auckland', 'Europe/London', 'Australia/Sydney'] as const;
  const kinds = [
    ['NZ', 'food'],
    ['GB', 'tools'],
    ['AU', 'cycles'],
  ] as const;
  return Array.from({ length: count }, (_, index) => {
    const [region, trade] = kinds[index % kinds.length] ?? kinds[0];
    const number = String(index + 1).padStart(3, '0');
    return {
      id: `tenant-${number}`,
      name: `Tenant ${number}`,
      timeZone: zones[index % zones.length] ?? zones[0],
      region,
      trade,
      companies,
      monthlyCalls: 1_000_000,
      pollSeconds,
    };
  });
}
