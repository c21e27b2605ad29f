/** What goes wrong between records and their bytes. */

/**
 * Stable codes of a CodecError.
 * - NOT_AVRO: no magic byte, or too short to hold a schema id.
 * - UNKNOWN_SCHEMA_ID: the registry does not know the id in the record.
 * - INCOMPATIBLE_SCHEMA: the writer's schema cannot be read as the topic's.
 * - TRUNCATED: the bytes end before the record does.
 * - MALFORMED: the bytes are not a record of the schema they name (a branch that is not there, bytes left over).
 * - INVALID_RECORD: a record to encode does not fit its schema; the message names the path.
 * - UNREGISTERED_SCHEMA: the topic's schema is not in the registry: `setup` has not run for this version.
 * - NOT_PREPARED: the topic was not given to `prepare`.
 * - REGISTRY_UNAVAILABLE: the registry does not answer, refuses the credentials, or fails.
 */
export type CodecErrorCode =
  | 'NOT_AVRO'
  | 'UNKNOWN_SCHEMA_ID'
  | 'INCOMPATIBLE_SCHEMA'
  | 'TRUNCATED'
  | 'MALFORMED'
  | 'INVALID_RECORD'
  | 'UNREGISTERED_SCHEMA'
  | 'NOT_PREPARED'
  | 'REGISTRY_UNAVAILABLE';

/** Codes that pass by themselves: the same call may work later. All others are about the record, for good. */
const RETRIABLE: ReadonlySet<CodecErrorCode> = new Set(['REGISTRY_UNAVAILABLE', 'UNREGISTERED_SCHEMA']);

/** A failed encode, decode or registry call. The message never holds a field's value or a credential. */
export class CodecError extends Error {
  /** Stable code. */
  readonly code: CodecErrorCode;
  /** True when the same call may work later. */
  readonly retriable: boolean;

  constructor(code: CodecErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'CodecError';
    this.code = code;
    this.retriable = RETRIABLE.has(code);
  }
}
