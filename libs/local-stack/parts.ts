/** One server process. `kafka` is the first broker, the only one unless three were asked for. */
export type PartName = 'kafka' | 'kafka-2' | 'kafka-3' | 'registry' | 'redis';

/** All names, in the order in which they are shown. */
export const PART_NAMES: readonly PartName[] = ['kafka', 'kafka-2', 'kafka-3', 'registry', 'redis'];

/** Ports of one server. */
export interface PartPorts {
  /** The port that clients use. */
  client: number;
  /** Kafka only: the port of its controller. */
  controller?: number;
}

/** What the stack needs to know to start one server and to tell when it is ready. */
export interface PartPlan {
  readonly name: PartName;
  readonly ports: PartPorts;
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]];
  /** Added to the environment of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** Its working directory. */
  readonly cwd: string;
  /** What it writes to stdout and stderr. */
  readonly outputFile: string;
  /** Its own log, rolled over by itself; the same as `outputFile` where it has none. */
  readonly logFile: string;
  /** Resolves when it does real work for a client, throws while it does not. Each call has its own short deadline. */
  readonly probe: (pid: number) => Promise<void>;
}
