/** Refusals as the Unleashed API words them (section 9). */
import type { UnleashedSwitches } from '../switches-unleashed.ts';
import { answer, isObject, type Json, Refusal, type Row } from '../types.ts';

/** What every function of the Unleashed model is given beside its input. */
export type UnleashedRules = UnleashedSwitches;

/** Bad input: 400 with a body of the switch `badInputBody` (fact U9.1). */
export function refuseInput(rules: UnleashedRules, field: string, text: string, status = 400): never {
  const bodies: Record<UnleashedRules['badInputBody'], Json | undefined> = {
    errors: { Description: text, errors: { [field]: [text] } },
    description: { Description: text },
    message: { Message: text },
    empty: undefined,
  };
  throw new Refusal(answer(status, bodies[rules.badInputBody]));
}

/** Input that Unleashed does not accept at all: 500 without a body (facts U6.3, U9.3). */
export function refuseSilently(): never {
  throw new Refusal(answer(500));
}

/** An unknown GUID or resource: 404 (fact U9.4). */
export function refuseMissing(what: string): never {
  throw new Refusal(answer(404, { Description: `${what} not found.` }));
}

/** A bare 403: wrong id, wrong signature, revoked key (fact U1.11). */
export function refuseForbidden(): never {
  throw new Refusal(answer(403));
}

/**
 * The object in a request body.
 * @throws Refusal 400 when it is not a JSON object
 */
export function bodyObject(rules: UnleashedRules, body: string): Row {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    value = undefined;
  }
  if (!isObject(value)) return refuseInput(rules, 'Body', 'The request body is not a JSON object.');
  return value;
}

/** Names by their lower-case form. */
export type Spelling = ReadonlyMap<string, string>;

/** The spelling of these names. */
export function spellingOf(names: readonly string[]): Spelling {
  return new Map(names.map((name) => [name.toLowerCase(), name]));
}

/**
 * Keys of `given` under their known spelling, looked up without case (section 5, Casing); keys nobody knows under their
 * own name in `unknown`.
 */
export function canonicalKeys(given: Row, spelling: Spelling): { values: Row; unknown: string[] } {
  const values: Row = {};
  const unknown: string[] = [];
  for (const [key, value] of Object.entries(given)) {
    const name = spelling.get(key.toLowerCase());
    if (name === undefined) unknown.push(key);
    else values[name] = value;
  }
  return { values, unknown };
}

/** A text field: null for null, the text (cut under the switch `lengths`) else. */
export function textField(rules: UnleashedRules, field: string, value: Json | undefined, longest: number): Json {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value !== 'string') return refuseInput(rules, field, `${field} must be text.`);
  if (value.length <= longest || rules.lengths === 'unlimited') return value;
  if (rules.lengths === 'cut') return value.slice(0, longest);
  return refuseInput(rules, field, `${field} must not be longer than ${longest} characters.`);
}

/** A boolean field; `blank` for null or absent. */
export function flagField<T extends boolean | null>(
  rules: UnleashedRules,
  field: string,
  value: Json | undefined,
  blank: T,
): boolean | T {
  if (value === null || value === undefined) return blank;
  if (typeof value !== 'boolean') return refuseInput(rules, field, `${field} must be true or false.`);
  return value;
}
