/** How Unleashed words its answers. Pure. */
import { type ApiErrorCode, createAnswerReader, usualCode } from '#http-api';
import { isRecord, type JsonValue, parseJson, printable } from '#runtime';
import { UnleashedApiError } from './errors.ts';

/** Reads Unleashed's answers; its errors are UnleashedApiError. */
export const unleashedAnswers = createAnswerReader({
  read: whatTheServerSays,
  codeOf,
  error: (code, message, details) => new UnleashedApiError(code, message, details),
});

/** A quota block has no status of its own that is known (U9.7), and an empty 500 may be about the input (U9.3). */
function codeOf(status: number, body: Buffer, message: string): ApiErrorCode {
  if ((status === 402 || status === 403 || status === 429) && speaksOfQuota(message)) return 'QUOTA_SPENT';
  if (status === 500 && body.length === 0) return 'EMPTY_SERVER_ERROR';
  return usualCode(status);
}

/** The wording of a quota block is not known (U9.7): any mention of a quota, or of a limit of a month or plan, is taken for it. */
function speaksOfQuota(message: string): boolean {
  return /quota|(monthly|plan|subscription|api call)s?\b.*\blimit|limit.*\b(month|plan)/i.test(message);
}

/** `Description`, else `Message`, else the texts of the `errors` map, whatever the casing of their names (U9.1). */
function whatTheServerSays(body: Buffer): { message: string; said: { fieldErrors: Record<string, string> } } {
  const json = parseJson(body);
  if (!isRecord(json)) return { message: '', said: { fieldErrors: {} } };
  const byName = new Map(Object.entries(json).map(([name, value]) => [name.toLowerCase(), value]));
  const fieldErrors = fieldErrorsOf(byName.get('errors'));
  const plain = [byName.get('description'), byName.get('message')].find(
    (text) => typeof text === 'string' && text !== '',
  );
  const message = typeof plain === 'string' ? plain : Object.values(fieldErrors).join(' ');
  return { message: printable(message), said: { fieldErrors } };
}

function fieldErrorsOf(errors: JsonValue | undefined): Record<string, string> {
  if (!isRecord(errors)) return {};
  const entries = Object.entries(errors).map(([field, value]) => {
    const text = Array.isArray(value) ? value.filter((entry) => typeof entry === 'string').join(' ') : value;
    return [field, printable(typeof text === 'string' ? text : 'not accepted')] as const;
  });
  return Object.fromEntries(entries);
}
