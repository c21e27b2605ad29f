/** What so many tenants need, out of measured figures. Plain arithmetic: no figure of its own but the rules named here. */
import { DEFAULT_PARTITIONS } from '#contracts';
import { retentionOf } from '../setup.ts';
import type { FIGURES } from './figures.ts';

/** Who is to be served. */
export interface Demand {
  readonly tenants: number;
  /** Companies and contacts that are linked, for each tenant. */
  readonly linksPerTenant: number;
  /** Edits that flow to the other side, for each tenant on a day. */
  readonly editsPerDay: number;
  /** Share of the edits that are made in the CRM, 0 to 1. */
  readonly crmShare: number;
  /** Share of a day's edits that come in its busiest hour, 0 to 1. */
  readonly busyHourShare: number;
  /** Replicas of every partition. */
  readonly replicas: number;
  /** MAX_LINKS_IN_MEMORY of a processor. */
  readonly linksInMemory: number;
}

/** What they need. */
export interface Need {
  readonly links: number;
  /** Inputs of the processor: the edit, the outcome of its command, and the snapshot that shows it. */
  readonly inputsPerSecond: { readonly mean: number; readonly busyHour: number };
  readonly partitions: number;
  /** Processors at work; one more keeps the pace while one is replaced. */
  readonly processors: number;
  /** Resident at most, for each processor. */
  readonly processorBytes: number;
  readonly redisBytes: number;
  /** Written to Kafka on a day, before compression, all replicas. */
  readonly kafkaBytesPerDay: number;
  /** What Kafka keeps when all that is kept for a time is there, before compression, all replicas. */
  readonly kafkaBytes: number;
  /** Seconds until all is there again after Redis lost everything. */
  readonly rebuildSeconds: number;
  /** API calls on a day, all tenants together. */
  readonly callsPerDay: { readonly unleashed: number; readonly crm: number };
  /** Unleashed's calls of one tenant in a month of 30 days: what its plan has to allow. */
  readonly unleashedCallsPerTenantAndMonth: number;
}

/** An edit is a snapshot, a command, an outcome and the snapshot that shows it; all but the command are inputs. */
const INPUTS_PER_EDIT = 3;
/** A processor that is this busy in the busiest hour has room for what was missed while one was away. */
const USED_SHARE = 0.5;
/** At worst each input has a transaction of its own, which marks some five partitions; under load many share one. */
const MARKERS_PER_EDIT = 5 * INPUTS_PER_EDIT;
const DAY_SECONDS = 86_400;
const DAY_MS = DAY_SECONDS * 1_000;
const MONTH_DAYS = 30;

/** Computes it. */
export function needOf(demand: Demand, figures: Record<keyof typeof FIGURES, { readonly value: number }>): Need {
  const of = (name: keyof typeof FIGURES): number => figures[name].value;
  const { tenants, replicas } = demand;
  const links = tenants * demand.linksPerTenant;
  const edits = tenants * demand.editsPerDay;
  const inputs = edits * INPUTS_PER_EDIT;
  const busyHour = (inputs * demand.busyHourShare) / 3_600;

  const processors = Math.max(1, Math.ceil(busyHour / (of('inputsPerSecond') * USED_SHARE)));
  // Twice as many as processors, so that they can be spread evenly when one is away; a power of two, as `grow` doubles.
  const partitions = Math.max(DEFAULT_PARTITIONS, 2 ** Math.ceil(Math.log2(2 * processors)));
  const linksHeld = Math.min(Math.ceil(links / processors), demand.linksInMemory);

  const snapshots = edits * 2 * of('snapshotBytes');
  const passing = snapshots + edits * (of('commandBytes') + of('outcomeBytes') + MARKERS_PER_EDIT * of('markerBytes'));
  const decisions = inputs * of('decisionBytes');
  const states = inputs * of('linkBytes');
  const kept =
    passing * (retentionOf('crm.company.v1') / DAY_MS) + decisions * (retentionOf('sync.decision.v1') / DAY_MS);

  const ofCrm = demand.editsPerDay * demand.crmShare;
  const unleashedCalls = of('unleashedIdleCallsPerDay') + ofCrm * of('unleashedCallsPerCrmEdit');
  const crmCalls = (demand.editsPerDay - ofCrm) * of('crmCallsPerUnleashedEdit');
  return {
    links,
    inputsPerSecond: { mean: inputs / DAY_SECONDS, busyHour },
    partitions,
    processors,
    processorBytes: of('processorBaseBytes') + linksHeld * of('processorLinkBytes'),
    redisBytes: links * of('linkRedisBytes'),
    kafkaBytesPerDay: replicas * (passing + decisions + states),
    kafkaBytes: replicas * (kept + links * of('linkBytes')),
    rebuildSeconds: links / (processors * of('rebuildLinksPerSecond')),
    callsPerDay: { unleashed: tenants * unleashedCalls, crm: tenants * crmCalls },
    unleashedCallsPerTenantAndMonth: MONTH_DAYS * unleashedCalls,
  };
}
