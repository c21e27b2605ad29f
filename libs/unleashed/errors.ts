/** Errors of Unleashed's API: what all APIs have, and what only this one tells. */
import { ApiError, type ApiErrorCode, type ApiErrorDetails } from '#http-api';

/** Facts of one failed call. */
export interface UnleashedErrorDetails extends ApiErrorDetails {
  /** Messages of the server by field name in its own spelling, from the `errors` map (U9.1); empty when it gave none. */
  fieldErrors?: Record<string, string>;
}

/** A failed call to Unleashed. The message holds no secret. */
export class UnleashedApiError extends ApiError {
  override readonly name = 'UnleashedApiError';
  /** Messages by field in the API's spelling; empty when it gave none. */
  readonly fieldErrors: Readonly<Record<string, string>>;

  constructor(code: ApiErrorCode, message: string, details: UnleashedErrorDetails) {
    super(code, message, details);
    this.fieldErrors = details.fieldErrors ?? {};
  }
}

/** A record that lacks what a snapshot must have, such as its GUID or a customer's code. */
export class MalformedRecordError extends Error {
  override readonly name = 'MalformedRecordError';
  readonly code = 'MALFORMED_RECORD';
  readonly retriable = false;
  /** The field that is missing or blank, in the API's spelling. */
  readonly missing: string;

  constructor(kind: string, missing: string, guid: string) {
    super(`A ${kind} of Unleashed without ${missing}${guid === '' ? '' : ` (${guid})`}`);
    this.missing = missing;
  }
}
