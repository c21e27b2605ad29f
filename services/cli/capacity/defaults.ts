import type { Demand } from './compute.ts';

/** What is taken for granted unless it is said otherwise. */
export const DEFAULT_DEMAND: Omit<Demand, 'tenants'> = {
  linksPerTenant: 200,
  editsPerDay: 200,
  crmShare: 0.5,
  busyHourShare: 0.2,
  replicas: 3,
  linksInMemory: 200_000,
};

/** Numbers of tenants that the table of docs/capacity.md has. */
export const SIZES = [1, 100, 10_000, 100_000] as const;
