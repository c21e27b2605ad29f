/**
 * The measured figures that `capacity` computes with, each with where it comes from. All from one machine with two cores and
 * 24 GB that also ran the servers (`docs/capacity.md`); measure again on yours before you rely on what follows from them.
 */

/** One measured figure. */
export interface Figure {
  readonly value: number;
  readonly unit: string;
  /** The command that measures it, or the code that it follows from. */
  readonly source: string;
}

/** What is known. */
export const FIGURES = {
  snapshotBytes: { value: 500, unit: 'bytes', source: 'bench processor: its snapshots are of 400 to 600' },
  decisionBytes: { value: 500, unit: 'bytes', source: 'bench processor: bytes out of an input less the link' },
  commandBytes: {
    value: 500,
    unit: 'bytes',
    source: 'schemas/sync.command.crm.v1.avsc: two fields, their old values, ids',
  },
  outcomeBytes: {
    value: 500,
    unit: 'bytes',
    source: 'schemas/sync.outcome.v1.avsc: the fields that were written and read',
  },
  linkBytes: { value: 1_031, unit: 'bytes', source: 'bench processor: linkBytes, a company with an address, agreed' },
  linkRedisBytes: { value: 1_300, unit: 'bytes', source: 'bench processor: redisBytes for each link' },
  markerBytes: { value: 78, unit: 'bytes', source: 'size of a commit marker in Kafka 4' },
  inputsPerSecond: {
    value: 7_740,
    unit: 'inputs a second',
    source: 'bench processor: 500,000 snapshots, broker on the same two cores',
  },
  processorBaseBytes: { value: 165_000_000, unit: 'bytes', source: 'bench restart: resident with no tenant in memory' },
  processorLinkBytes: {
    value: 4_300,
    unit: 'bytes',
    source: 'bench processor: resident with 100,000 links in memory less that with 10,000',
  },
  rebuildLinksPerSecond: {
    value: 46_000,
    unit: 'links a second',
    source: 'bench restart: stream_restore_seconds, Redis empty, 1,000,000 links',
  },
  unleashedCallsPerCrmEdit: { value: 2.06, unit: 'calls', source: 'bench calls' },
  crmCallsPerUnleashedEdit: { value: 2, unit: 'calls', source: 'bench calls' },
  unleashedIdleCallsPerDay: { value: 145, unit: 'calls', source: 'bench calls: polled every 5 minutes at work' },
} as const satisfies Record<string, Figure>;
