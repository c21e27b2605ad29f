/** Seeded defects: each breaks one production piece, in the simulation only, to show that the judge would find it. */
import type { Setting } from '#contracts';
import type { OutputRecord, TaskProcessor } from '#kafka';
import type { Exchange, RedisStore } from '#runtime';
import type { StateView } from '#state';
import type { CatchUpPace } from '../../services/crm-capture/core/catch-up.ts';
import type { TenantMemory } from '../../services/crm-capture/memory.ts';
import type { Side } from '../../services/sandbox/model/index.ts';
import type { RecordStore } from '../../services/unleashed-connector/core/ports.ts';
import type { SimLog } from './engine/log.ts';

/** Where a defect may sit: each piece is handed through, broken or not. */
export interface Defects {
  fence(log: SimLog, id: string): number;
  view(view: StateView): StateView;
  processor(processor: TaskProcessor): TaskProcessor;
  outputs(records: OutputRecord[]): OutputRecord[];
  setting(setting: Setting | undefined): Setting | undefined;
  exchange(exchange: Exchange, side: Side): Exchange;
  sinkRedis(redis: RedisStore): RedisStore;
  captureMemory(memory: TenantMemory): TenantMemory;
  capturePace(pace: CatchUpPace): CatchUpPace;
  recordStore(store: RecordStore): RecordStore;
}

/** Everything as it is in production. */
export const NO_DEFECTS: Defects = {
  fence: (log, id) => log.fence(id),
  view: (view) => view,
  processor: (processor) => processor,
  outputs: (records) => records,
  setting: (setting) => setting,
  exchange: (exchange) => exchange,
  sinkRedis: (redis) => redis,
  captureMemory: (memory) => memory,
  capturePace: (pace) => pace,
  recordStore: (store) => store,
};

/** The defects by name. */
export const DEFECTS: Readonly<Record<string, Partial<Defects>>> = {};

/** A set of pieces with one of them broken. Throws when there is no such defect. */
export function defectNamed(name: string): Defects {
  const broken = DEFECTS[name];
  if (broken === undefined) throw new Error(`no such defect: ${name}; there are ${Object.keys(DEFECTS).join(', ')}`);
  return { ...NO_DEFECTS, ...broken };
}
