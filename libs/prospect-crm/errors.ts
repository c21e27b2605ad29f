/** Errors of the CRM's API: what all APIs have, and what only this one tells. */
import { ApiError, type ApiErrorCode, type ApiErrorDetails } from '#http-api';

/** Facts of one failed call. */
export interface CrmErrorDetails extends ApiErrorDetails {
  /** Properties that the refusal is about, in the API's spelling, from `details[].target` (P2.11). */
  targets?: readonly string[];
}

/** A failed call to the CRM. The message holds no secret. */
export class CrmApiError extends ApiError {
  override readonly name = 'CrmApiError';
  /** Properties that the refusal names; empty when it names none. */
  readonly targets: readonly string[];

  constructor(code: ApiErrorCode, message: string, details: CrmErrorDetails) {
    super(code, message, details);
    this.targets = details.targets ?? [];
  }
}

/** A record that lacks what a snapshot must have, such as its key, or an address that it says it has. */
export class CrmMalformedRecordError extends Error {
  override readonly name = 'CrmMalformedRecordError';
  readonly code = 'MALFORMED_RECORD';
  readonly retriable = false;
  /** The property that is missing or blank, in the API's spelling. */
  readonly missing: string;

  constructor(kind: string, missing: string, id: string) {
    super(`A ${kind} of the CRM without ${missing}${id === '' ? '' : ` (${id})`}`);
    this.missing = missing;
  }
}
