/** What the supervisor is told about one service. */
export interface ServiceSpec {
  /** Name for people, log file and `kill`; for example `sync-processor`. */
  readonly name: string;
  /** Absolute path of its main file, run by the Node that runs this. */
  readonly entry: string;
  /** Port for health, readiness and metrics (and its API, if it has one), on 127.0.0.1. Never 0: the supervisor asks there. */
  readonly port: number;
  /** Limit of the old generation of its heap, megabytes (`--max-old-space-size`). */
  readonly heapMb: number;
  /** Environment on top of the supervisor's own. May hold secrets: never logged. */
  readonly env: Readonly<Record<string, string>>;
}

/** Something that happened to a service and that a person would like to know. */
export type SupervisorEvent =
  | { readonly kind: 'starting'; readonly service: string; readonly pid: number }
  | { readonly kind: 'ready'; readonly service: string; readonly tookMs: number }
  | {
      readonly kind: 'died';
      readonly service: string;
      /** One sentence: what ended it, and when it will be started again. */
      readonly message: string;
      /** The last lines of its log, oldest first. */
      readonly logTail: readonly string[];
      /** Milliseconds until it is started again; null when the supervisor gives up. */
      readonly restartInMs: number | null;
    }
  | { readonly kind: 'stopped'; readonly service: string };

/** How the supervisor treats all services. */
export interface SupervisorOptions {
  /** Folder for one log file per service. Created when missing. */
  readonly logDir: string;
  /** How long a service may take until it is ready, milliseconds. Default 120,000. */
  readonly readyTimeoutMs?: number;
  /** How long a service may take to end after it was asked to, milliseconds; then it is killed. Default 12,000: services promise ten seconds. */
  readonly stopTimeoutMs?: number;
  /** Deaths in a row before it gives up on a service; a service that ran `healthyAfterMs` begins anew. Default 5. */
  readonly deathsMax?: number;
  /** After this time without a death a service counts as healthy again, milliseconds. Default 30,000. */
  readonly healthyAfterMs?: number;
  /** Told about every event, in order. Default: nothing. */
  readonly onEvent?: (event: SupervisorEvent) => void;
  /** Called once when the supervisor gives up on a service. Default: nothing. */
  readonly onGiveUp?: (error: Error) => void;
}
