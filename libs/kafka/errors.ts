/**
 * Errors of this library: one class, a closed union of codes, each knowing whether the same call may be tried again.
 * What kafkajs throws never leaves the library raw; it becomes the `cause` of one of these.
 */

/** Code → may the same thing be tried again without a person changing something first? */
const RETRIABLE = {
  /** The installed kafkajs is not the one that the patches were written for. */
  'kafkajs-version': false,
  /** Something imported kafkajs before the patches were in place. */
  'kafkajs-loaded-early': false,
  /** A record batch is compressed with a codec that is not supported here (K11: snappy, lz4). */
  'codec-missing': false,
  /** No broker could be reached, or a connection was lost. */
  connection: true,
  /** User, password or mechanism were refused. */
  authentication: false,
  /** The broker denies this client the topic, group or transactional id. */
  authorization: false,
  /** A call took longer than its deadline; what it did is not known. */
  deadline: true,
  /** A younger producer with the same transactional id has taken over, or the broker timed our transaction out. */
  fenced: true,
  /** A call on a transactional producer that failed earlier; make a new one. */
  poisoned: true,
  /** kafkajs reported success without one answer for each partition (a leader moved during the send). */
  'send-incomplete': true,
  /** One record alone is larger than a record batch may be. */
  'record-too-large': false,
  /** A bounded queue is full; the caller should wait and slow down. */
  'queue-full': true,
  /** A second send was started on a producer that allows one in flight (K2). A mistake in the program. */
  'second-flight': false,
  /** The producer, consumer or app was closed while the call waited. */
  closed: true,
  /** A topic that is needed does not exist. */
  'topic-missing': false,
  /** Topics that must have the same number of partitions do not. */
  'partition-counts-differ': false,
  /** A partition has had no leader for longer than the deadline. */
  'no-leader': true,
  /** Offsets of the group are in a transaction that is not settled; the next fence of its task settles it. */
  'offsets-unsettled': true,
  /** Reading a changelog made no progress towards its end within the deadline. */
  'restore-stalled': true,
  /** The caller's processor, handler or callback threw. */
  handler: true,
  /** Any other answer of the broker; `retriable` follows what the broker says of it. */
  broker: true,
} as const;

/** Every code a {@link KafkaError} can carry. */
export type KafkaErrorCode = keyof typeof RETRIABLE;

const CHECK_SASL =
  'Check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD: the brokers refuse them, or know no users at the port in KAFKA_BROKERS.';

/** The only error type that leaves this library. */
export class KafkaError extends Error {
  override readonly name = 'KafkaError';
  /** What happened, for programs. */
  readonly code: KafkaErrorCode;
  /** Whether trying the same again, later, can succeed. */
  readonly retriable: boolean;
  /** What to do about it, one sentence; only where a person has to. */
  readonly hint?: string;

  constructor(code: KafkaErrorCode, message: string, options: { cause?: unknown; retriable?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retriable = options.retriable ?? RETRIABLE[code];
    if (code === 'authentication') this.hint = CHECK_SASL;
  }
}

/** Protocol errors that mean: another producer owns the transactional id now (90 is younger than kafkajs' table). */
const FENCED_TYPES = new Set([
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'TRANSACTION_COORDINATOR_FENCED',
]);
const PRODUCER_FENCED_MESSAGE = 'Unknown error code 90';

/** Protocol errors that mean: not with this user, not with this mechanism, or no users at this port at all. */
const REFUSED_TYPES = new Set(['SASL_AUTHENTICATION_FAILED', 'UNSUPPORTED_SASL_MECHANISM', 'ILLEGAL_SASL_STATE']);

/** kafkajs' errors, as far as they are looked at here. */
interface ForeignError {
  name?: string;
  type?: string;
  code?: unknown;
  message?: string;
  retriable?: boolean;
  cause?: unknown;
}

/** The error and its causes, outermost first; bounded, because a chain may be circular. */
function causes(error: unknown): ForeignError[] {
  const chain: ForeignError[] = [];
  for (let at = error; at instanceof Error && chain.length < 8; at = at.cause) chain.push(at as ForeignError);
  return chain;
}

/** Does any error of the chain carry this protocol error type? */
export function hasProtocolType(error: unknown, type: string): boolean {
  return causes(error).some((one) => one.type === type);
}

function codeOf(chain: ForeignError[]): KafkaErrorCode {
  for (const { type, name, message } of chain) {
    if (type !== undefined && FENCED_TYPES.has(type)) return 'fenced';
    if (message?.includes(PRODUCER_FENCED_MESSAGE)) return 'fenced';
    if (type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE') return 'record-too-large';
    if (type === 'UNKNOWN_TOPIC_OR_PARTITION') return 'topic-missing';
    if (type === 'LEADER_NOT_AVAILABLE') return 'no-leader';
    if (type?.endsWith('AUTHORIZATION_FAILED')) return 'authorization';
    if (name === 'KafkaJSSASLAuthenticationError' || REFUSED_TYPES.has(type ?? '')) return 'authentication';
    if (name === 'KafkaJSNotImplemented') return 'codec-missing';
    if (name?.startsWith('KafkaJSConnection') || name === 'KafkaJSBrokerNotFound') return 'connection';
    if (name === 'KafkaJSRequestTimeoutError' || name === 'KafkaJSLockTimeout') return 'deadline';
  }
  return 'broker';
}

/**
 * Turns whatever was thrown into a {@link KafkaError}.
 * @param doing what was being done, for the message: "commit of task 3"
 */
export function toKafkaError(error: unknown, doing: string): KafkaError {
  if (error instanceof KafkaError) return error;
  const chain = causes(error);
  const code = codeOf(chain);
  const message = error instanceof Error ? error.message : String(error);
  const says = chain.find((one) => one.type !== undefined)?.retriable ?? true;
  // A topic just created may be unknown to a broker for a moment: worth another try inside a bounded loop.
  const retriable = code === 'broker' ? says : RETRIABLE[code] || code === 'topic-missing';
  return new KafkaError(code, `${doing}: ${message}`, { cause: error, retriable });
}
