/** How the CRM words its answers. Pure. */
import { type Asked, createAnswerReader, usualCode } from '#http-api';
import { isRecord, type JsonRecord, type JsonValue, parseJson, printable, textOf } from '#runtime';
import { CrmApiError } from './errors.ts';

/** Reads the CRM's answers; its errors are CrmApiError. */
export const crmAnswers = createAnswerReader({
  read: whatTheServerSays,
  codeOf: usualCode,
  error: (code, message, details) => new CrmApiError(code, message, details),
});

/** The one record of an answer to a GET by key or a POST: bare, or a list of one (fact P2.2). Null for an empty list. */
export function singleRecord(asked: Asked, json: JsonValue): JsonRecord | null {
  if (!isRecord(json))
    throw new CrmApiError('NONSENSE_ANSWER', 'not a record', { call: asked.call, fateKnown: !asked.isWrite });
  const list = json.value;
  if (!Array.isArray(list)) return json;
  const first = list[0];
  return isRecord(first) ? first : null;
}

/** `error.message` and the targets of `error.details` (fact P2.11). */
function whatTheServerSays(body: Buffer): { message: string; said: { targets: string[] } } {
  const json = parseJson(body);
  const error = isRecord(json) ? json.error : null;
  if (!isRecord(error)) return { message: '', said: { targets: [] } };
  const details = Array.isArray(error.details) ? error.details.filter(isRecord) : [];
  const targets = details.map((detail) => textOf(detail, 'target')).filter((target) => target !== '');
  return { message: printable(textOf(error, 'message')), said: { targets } };
}
