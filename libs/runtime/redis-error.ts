import { RuntimeError, type RuntimeErrorCode } from './errors.ts';

/** Redis answers whose first word says that it will pass: starting, failing over, short of memory or replicas for now. */
const PASSING = /^(LOADING|BUSY|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|OOM|UNBLOCKED|MISCONF)\b/;
/** Refusals that a person has to settle. */
const REFUSED = /^(NOAUTH|WRONGPASS|NOPERM|DENIED)\b|ERR (invalid password|AUTH |Client sent AUTH)/;

/** Turns what ioredis throws into an error that says whether to try again. The message holds no key's value. */
export function toRedisError(error: unknown, doing: string): RuntimeError {
  if (error instanceof RuntimeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error, message);
  return new RuntimeError(code, `Redis, ${doing}: ${message}`, { cause: error, ...hintOf(code) });
}

function codeOf(error: unknown, message: string): RuntimeErrorCode {
  if (REFUSED.test(message)) return 'REDIS_REFUSED';
  if (PASSING.test(message)) return 'REDIS_UNAVAILABLE';
  // A ReplyError is an answer; anything else means that none came.
  if (error instanceof Error && error.name === 'ReplyError') return 'REDIS_SCRIPT_FAILED';
  return 'REDIS_UNAVAILABLE';
}

function hintOf(code: RuntimeErrorCode): { hint?: string } {
  if (code === 'REDIS_REFUSED') return { hint: 'Check user and password in REDIS_URL and the rights of that user.' };
  if (code === 'REDIS_UNAVAILABLE') return { hint: 'Check that Redis runs at the address in REDIS_URL.' };
  return {};
}
