/** What somebody hears whose sign-in with the identity provider does not end well. Never a text of the provider. */
import { AuthorizationResponseError, ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client';
import { Problem, type ProblemCode } from '../problem.ts';

/** A sign-in that was not completed. */
export class SignInProblem extends Problem {
  /** For the log: a short code, of this service, the library or the provider. */
  readonly reason: string;

  constructor({ status, code, reason, message, hint }: SignInTrouble) {
    // No cause: those of the library hold answers of the provider, tokens included.
    super(status, code, message, { hint });
    this.reason = /^[\w.-]{1,80}$/.test(reason) ? reason : 'unknown';
  }
}

/** What is wrong with a sign-in. */
interface SignInTrouble {
  readonly status: number;
  readonly code: ProblemCode;
  /** For the log; anything but letters, digits, dots and dashes is not passed on. */
  readonly reason: string;
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

/** Codes of the library for answers that arrived and are not what they must be. */
const NOT_VALID = new Set([
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
]);

/** The browser came back without what it left with, too late, or twice. */
export function stale(reason: string): SignInProblem {
  return new SignInProblem({
    status: 400,
    code: 'INVALID_REQUEST',
    reason,
    message: 'This sign-in was begun in another window, too long ago, or has been used.',
    hint: 'Sign in again, in one window, within ten minutes.',
  });
}

/** Nobody can be signed in while this lasts. */
export function away(reason: string): SignInProblem {
  return new SignInProblem({
    status: 503,
    code: 'NOT_READY',
    reason,
    message: 'The identity provider does not answer as it should.',
    hint: 'Try again in a minute. If it stays so, whoever runs this system finds the reason in the log of control-api.',
  });
}

/** It is known who it is, and that is nobody here. `problem` says which claim is missing: that helps who can give it. */
export function notAllowed(problem: Problem): SignInProblem {
  return new SignInProblem({
    status: 403,
    code: 'FORBIDDEN',
    reason: 'not-allowed',
    message: 'The identity provider knows you, but you may not use this system.',
    hint: `Ask whoever runs the identity provider to give you a role and tenants for this system. Tell them: ${problem.message}`,
  });
}

/** What the library threw while the provider was asked, or its answer was checked. */
export function problemOfProvider(error: unknown): SignInProblem {
  if (error instanceof SignInProblem) return error;
  if (error instanceof AuthorizationResponseError) {
    return new SignInProblem({
      status: 403,
      code: 'FORBIDDEN',
      reason: error.error,
      message: 'The identity provider did not complete the sign-in.',
      hint: 'Sign in again. If it stays so, ask whoever runs the identity provider whether you may use this application.',
    });
  }
  if (error instanceof WWWAuthenticateChallengeError) return notOurClient('invalid_client');
  if (error instanceof ResponseBodyError) {
    return error.error === 'invalid_client' ? notOurClient(error.error) : notValid(error.error);
  }
  const reason = reasonOf(error);
  return NOT_VALID.has(reason) ? notValid(reason) : away(reason);
}

/** Causes that are looked through for a code. */
const CAUSES_MAX = 5;

/** The first code among an error and its causes: the library's, or that of the connection, such as ECONNREFUSED. */
function reasonOf(error: unknown): string {
  let at = error;
  for (let n = 0; n < CAUSES_MAX && at instanceof Error; n++) {
    if (at instanceof SignInProblem) return at.reason;
    if ('code' in at && typeof at.code === 'string') return at.code;
    at = at.cause;
  }
  return 'unknown';
}

/** It answered, and not to what was asked. */
export function notValid(reason: string): SignInProblem {
  return new SignInProblem({
    status: 401,
    code: 'UNAUTHORIZED',
    reason,
    message: 'The answer of the identity provider does not belong to this sign-in.',
    hint: 'Sign in again from the sign-in page of this system.',
  });
}

function notOurClient(reason: string): SignInProblem {
  return new SignInProblem({
    status: 503,
    code: 'NOT_READY',
    reason,
    message: 'The identity provider does not know this system.',
    hint: 'Whoever runs this system checks OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.',
  });
}
