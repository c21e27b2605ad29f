/** Answers for what went wrong, as application/problem+json (RFC 9457). */
import { HttpProblem } from '#runtime';

/** Stable codes of this API's own problems. */
export type ProblemCode =
  | 'INVALID_REQUEST'
  | 'UNAUTHORIZED'
  | 'TOKEN_EXPIRED'
  | 'FORBIDDEN'
  | 'NO_SUCH_TENANT'
  | 'NOT_FOUND'
  | 'STALE_VERSION'
  | 'REFUSED'
  | 'CHECK_FAILED'
  | 'NOTHING_TO_DO'
  | 'TOO_MANY_REQUESTS'
  | 'NOT_READY';

/** What a problem says beside its sentence. */
export interface ProblemDetails {
  /** What to do about it, one sentence. */
  readonly hint?: string;
  /** Headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** More members of the body, for programs. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** What was thrown below. */
  readonly cause?: unknown;
}

/** An answer other than success. `message` is one sentence for people; it never holds a secret. */
export class Problem extends HttpProblem {
  readonly headers: Readonly<Record<string, string>>;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(status: number, code: ProblemCode, message: string, details: ProblemDetails = {}) {
    const { hint, cause } = details;
    super(status, code, message, {
      ...(hint === undefined ? {} : { hint }),
      ...(cause === undefined ? {} : { cause }),
    });
    this.headers = details.headers ?? {};
    this.members = details.members ?? {};
  }
}

/** The body of a problem: the members that every service has, and its own. */
export function problemBody(problem: Problem): Record<string, unknown> {
  const { status, code, message, hint, members } = problem;
  return { ...members, status, code, title: message, ...(hint === '' ? {} : { detail: hint }) };
}
