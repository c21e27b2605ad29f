/** Where a seeded defect may sit: pieces of production that are handed through, broken or not, in the simulation only. */
import type { Codec, Command, Outcome, Setting } from '#contracts';
import type { OutputRecord, TaskProcessor } from '#kafka';
import type { Clock, Exchange, RedisStore } from '#runtime';
import type { StateView } from '#state';
import type { Ground } from '../../services/control-api/watch/reached.ts';
import type { CatchUpPace } from '../../services/crm-capture/core/catch-up.ts';
import type { Side } from '../../services/sandbox/model/index.ts';
import type { RecordStore } from '../../services/unleashed-connector/core/ports.ts';
import type { SimLog } from './engine/log.ts';

/** All pieces. */
export interface Defects {
  /** Something outside of any piece; what is given back undoes it. */
  begin(): () => void;
  fence(log: SimLog, id: string): number;
  view(view: StateView, log: SimLog, codec: Codec): StateView;
  processor(processor: TaskProcessor, log: SimLog): TaskProcessor;
  outputs(records: OutputRecord[], codec: Codec): OutputRecord[];
  setting(setting: Setting | undefined): Setting | undefined;
  /** A command as a sink reads it. */
  command(command: Command): Command;
  outcome(outcome: Outcome): Outcome;
  sinkClock(clock: Clock): Clock;
  /** Whether a sink is sure that what it has is its own, asked right before a request goes out. */
  isSure(isSure: boolean): boolean;
  exchange(exchange: Exchange, side: Side): Exchange;
  sinkRedis(redis: RedisStore): RedisStore;
  capturePace(pace: CatchUpPace): CatchUpPace;
  recordStore(store: RecordStore): RecordStore;
  /** What the watch over freshness goes by. */
  ground(ground: Ground): Ground;
  /** Whether Sync to Unleashed is pressed for every contact by itself. */
  pressesItself: boolean;
}

/** Everything as it is in production. */
export const NO_DEFECTS: Defects = {
  begin: () => () => undefined,
  fence: (log, id) => log.fence(id),
  view: (view) => view,
  processor: (processor) => processor,
  outputs: (records) => records,
  setting: (setting) => setting,
  command: (command) => command,
  outcome: (outcome) => outcome,
  sinkClock: (clock) => clock,
  isSure: (isSure) => isSure,
  exchange: (exchange) => exchange,
  sinkRedis: (redis) => redis,
  capturePace: (pace) => pace,
  recordStore: (store) => store,
  ground: (ground) => ground,
  pressesItself: false,
};
