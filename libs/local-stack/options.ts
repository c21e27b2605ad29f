import type { LocalStackError } from './errors.ts';
import type { PartName } from './parts.ts';

/** Where the three servers listen. All three are on 127.0.0.1. */
export interface StackAddresses {
  /** Kafka bootstrap addresses, `host:port`, one per broker. Empty when Kafka was not asked for. */
  kafkaBrokers: string[];
  /** Base URL of the Confluent-compatible API, `http://host:port/apis/ccompat/v7`. Empty when not asked for. */
  schemaRegistryUrl: string;
  /** `redis://host:port`. Empty when not asked for. */
  redisUrl: string;
}

/** The three kinds of servers. Kafka may be several processes, see `PartName`. */
export type PartKind = 'kafka' | 'registry' | 'redis';

/** Something that a person who waits would like to know. */
export interface ProgressEvent {
  /** What it is about. */
  part: PartName | 'downloads';
  /** `working` may be repeated; `done` comes once per part; `reused` instead of it when it was running already. */
  phase: 'working' | 'done' | 'reused';
  /** One short sentence without a full stop. */
  message: string;
  /** How long this part took, milliseconds; with `done` only. */
  tookMs?: number;
}

/** An exit that nobody asked for. */
export interface UnexpectedExit {
  /** Which server. */
  part: PartName;
  /** Exit code, null when a signal ended it or when it is not our own child. */
  code: number | null;
  /** Signal that ended it, null when it exited or when it is not our own child. */
  signal: NodeJS.Signals | null;
  /** What it means: one sentence, what to do, and the last lines of its log. Its code is CHILD_DIED or DISK_FULL. */
  error: LocalStackError;
}

/** Options of `startStack`. */
export interface LocalStackOptions {
  /** Folder for the servers' data, logs and the state file. Created when missing. One stack per folder. */
  dataDir: string;
  /** Folder for what is downloaded, 170 MB once; may be shared by any number of stacks. */
  downloadDir: string;
  /** Number of Kafka brokers: 1 (default), or 3 with replication factor 3 and two in-sync replicas at least. */
  brokers?: 1 | 3;
  /** Most heap of one broker, MB. Default 512; 256 do for a test with three. */
  brokerHeapMb?: number;
  /** Fixed ports. A port that is not given is the one used last in this folder if still free, else any free one. */
  ports?: { kafka?: number[]; registry?: number; redis?: number };
  /** Which servers to start. Default all three. */
  parts?: PartKind[];
  /** Leave the servers running when this process ends, as `stack up` does. Default false: they die with it. */
  detached?: boolean;
  /** How long a server may take until it answers, milliseconds. Default 60,000. */
  readyTimeoutMs?: number;
  /** Called while something happens that takes time. */
  onProgress?: (event: ProgressEvent) => void;
  /** Called when a server ends that was not told to. Default: nothing. */
  onExit?: (exit: UnexpectedExit) => void;
}

/** Options with every default filled in. */
export interface ResolvedOptions {
  readonly dataDir: string;
  readonly downloadDir: string;
  readonly brokers: 1 | 3;
  readonly brokerHeapMb: number;
  readonly ports: { readonly kafka: readonly number[]; readonly registry?: number; readonly redis?: number };
  readonly parts: readonly PartKind[];
  readonly detached: boolean;
  readonly readyTimeoutMs: number;
  readonly onProgress: (event: ProgressEvent) => void;
  readonly onExit: (exit: UnexpectedExit) => void;
}

/** Fills in the defaults. */
export function resolveOptions(options: LocalStackOptions): ResolvedOptions {
  const { kafka = [], registry, redis } = options.ports ?? {};
  return {
    dataDir: options.dataDir,
    downloadDir: options.downloadDir,
    brokers: options.brokers ?? 1,
    brokerHeapMb: options.brokerHeapMb ?? 512,
    ports: {
      kafka,
      ...(registry === undefined ? {} : { registry }),
      ...(redis === undefined ? {} : { redis }),
    },
    parts: options.parts ?? ['kafka', 'registry', 'redis'],
    detached: options.detached ?? false,
    readyTimeoutMs: options.readyTimeoutMs ?? 60_000,
    onProgress: options.onProgress ?? (() => {}),
    onExit: options.onExit ?? (() => {}),
  };
}
