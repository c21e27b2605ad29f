/** Answers for what went wrong, as application/problem+json (RFC 9457). */

/** Stable codes of problems; each is the last part of a problem's `type`. */
export type ProblemCode =
  | 'invalid-request'
  | 'unauthorized'
  | 'forbidden'
  | 'no-such-tenant'
  | 'not-found'
  | 'stale-version'
  | 'refused'
  | 'too-large'
  | 'unsupported-media-type'
  | 'not-ready'
  | 'internal';

const TITLES: Record<ProblemCode, string> = {
  'invalid-request': 'The request is not as it must be',
  unauthorized: 'Not signed in',
  forbidden: 'Not allowed',
  'no-such-tenant': 'No such tenant',
  'not-found': 'No such page',
  'stale-version': 'The settings have changed meanwhile',
  refused: 'Refused',
  'too-large': 'The request is too large',
  'unsupported-media-type': 'Only JSON is understood',
  'not-ready': 'Not ready',
  internal: 'Something went wrong here',
};

/** An answer other than success. `message` is the detail for people; it never holds a secret. */
export class Problem extends Error {
  override readonly name = 'Problem';
  /** HTTP status. */
  readonly status: number;
  /** Stable code. */
  readonly code: ProblemCode;
  /** Headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** True when the same request may succeed later. */
  readonly retriable: boolean;
  /** More members of the body, for programs. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    code: ProblemCode,
    detail: string,
    headers: Readonly<Record<string, string>> = {},
    members: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.headers = headers;
    this.retriable = status === 503;
    this.members = members;
  }
}

/** The body of a problem. */
export function problemBody(problem: Problem): Record<string, unknown> {
  return {
    ...problem.members,
    type: `urn:two-way-sync:problem:${problem.code}`,
    title: TITLES[problem.code],
    status: problem.status,
    code: problem.code,
    detail: problem.message,
  };
}
