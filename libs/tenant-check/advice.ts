/** What errors of both API clients mean to whoever wrote the tenants file, and what to do. */
import { describeError, OutboundError } from '#runtime';

const EXPLAINED_CODES: Readonly<Record<string, string>> = {
  CREDENTIALS_REFUSED: 'The credentials are refused: check them, and whether they have been revoked.',
  RATE_LIMITED: 'Too many calls are being made on this account: try again in some minutes.',
  QUOTA_SPENT: "The month's calls are used up.",
  NOT_FOUND: 'There is no such API at the base URL.',
  UNAVAILABLE: 'The system does not answer: check the base URL and the network.',
  TIMEOUT: 'The system does not answer in time: check the base URL and the network.',
  CONNECTION_LOST: 'The connection broke: check the base URL and the network.',
  NONSENSE_ANSWER: 'What answers there is not this API: check the base URL.',
};

/** What to do, in one sentence without a secret; undefined where the error does not say. */
export function adviceOn(error: unknown): string | undefined {
  // An address that we may not connect to was not asked: nothing is known of whether it answers.
  return refusalOf(error)?.hint ?? EXPLAINED_CODES[describeError(error).code];
}

/** The guard's refusal that kept a call from being made; undefined where it was made, or failed otherwise. */
export function refusalOf(error: unknown): OutboundError | undefined {
  // A client's error is caused by that of the exchange, and that by the guard's.
  const below = error instanceof Error && error.cause instanceof Error ? error.cause.cause : undefined;
  return below instanceof OutboundError ? below : undefined;
}
