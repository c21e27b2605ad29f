/** What somebody hears whose token is not taken. Never any part of the token. */
import { Problem } from '../problem.ts';

/** It was good and is not any more. */
export function expired(): Problem {
  return new Problem(401, 'TOKEN_EXPIRED', 'The token has expired.', {
    hint: 'Sign in again.',
    headers: { 'www-authenticate': 'Bearer error="invalid_token", error_description="expired"' },
  });
}

/** It is not taken, with the reason. 403 where the token is good, but not for this. */
export function notTaken(message: string, status: 401 | 403 = 401, cause?: unknown): Problem {
  if (status === 403) return new Problem(403, 'FORBIDDEN', message);
  return new Problem(401, 'UNAUTHORIZED', message, {
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
    ...(cause === undefined ? {} : { cause }),
  });
}
