/** What can go wrong with the local stack. Closed: a caller can switch over it. */
export type LocalStackErrorCode =
  | 'PLATFORM_UNSUPPORTED'
  | 'JAVA_MISSING'
  | 'JAVA_TOO_OLD'
  | 'MAVEN_MISSING'
  | 'DOWNLOAD_FAILED'
  | 'PORT_TAKEN'
  | 'DISK_FULL'
  | 'CHILD_DIED'
  | 'NOT_READY'
  | 'STATE_UNREADABLE'
  | 'LOCKED'
  | 'OTHER_LAYOUT'
  | 'ALREADY_RUNNING'
  | 'NOT_RUNNING';

/** The two ways around the local stack, named in every hint about something this machine lacks. */
export const OTHER_WAYS =
  'or use Docker (docker compose up), or point KAFKA_BROKERS, SCHEMA_REGISTRY_URL and REDIS_URL at existing servers';

/** Codes after which the same call may succeed without anybody changing anything. */
const RETRIABLE: ReadonlySet<LocalStackErrorCode> = new Set(['DOWNLOAD_FAILED', 'CHILD_DIED', 'NOT_READY', 'LOCKED']);

/**
 * An error of the local stack: `message` is one sentence that says what is wrong, `hint` one that says what to do.
 * A command line prints both and nothing else.
 */
export class LocalStackError extends Error {
  /** Which of the known failures this is. */
  readonly code: LocalStackErrorCode;
  /** True when trying again unchanged may help. */
  readonly retriable: boolean;
  /** What to do about it, one sentence. */
  readonly hint: string;
  /** The last lines that the child wrote, oldest first; empty when no child is involved. */
  readonly logTail: readonly string[];

  constructor(
    code: LocalStackErrorCode,
    message: string,
    details: { hint: string; cause?: unknown; logTail?: readonly string[] },
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'LocalStackError';
    this.code = code;
    this.retriable = RETRIABLE.has(code);
    this.hint = details.hint;
    this.logTail = details.logTail ?? [];
  }
}

/** True for "no space left" in any of its forms: Node's error code, or the words a child wrote. */
export function isDiskFull(error: unknown): boolean {
  if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return true;
  const text = error instanceof Error ? error.message : String(error);
  return /no space left on device|ENOSPC|disk quota exceeded/i.test(text);
}

/** The error for a full disk, with the folder that has to grow. */
export function diskFullError(folder: string, cause?: unknown): LocalStackError {
  return new LocalStackError('DISK_FULL', `The disk that holds ${folder} is full.`, {
    hint: 'Free some space there, or set TWOWAY_HOME to a folder on a larger disk, and start again.',
    cause,
  });
}
