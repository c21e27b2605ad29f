/**
 * Sends changes so that a field that Unleashed does not take stops itself alone and not the others (rows 14 and 8 of the
 * mission). Where the refusal says which field it is about, that one is left out; where it does not, each is tried alone.
 */
import type { Field } from '#contracts';
import type { FieldRefusal } from '#sink';
import { UnleashedApiError } from '#unleashed';

/** What became of the changes. */
export interface Sent<F extends Field> {
  /** Fields that Unleashed took. */
  accepted: F[];
  /** Fields that it refused. */
  refused: Map<F, FieldRefusal>;
  /** The error that ended it before every field was settled; null when all were. */
  failure: unknown;
}

/**
 * Sends all changes in one write, and in more only if some are refused: at most two per field. `write` gets all changes that
 * the record must show after it, those accepted before included.
 */
export async function sendIsolating<F extends Field>(
  changes: ReadonlyMap<F, string>,
  errorKeys: Readonly<Record<F, readonly string[]>>,
  write: (changes: Partial<Record<F, string>>) => Promise<void>,
): Promise<Sent<F>> {
  const sent: Sent<F> = { accepted: [], refused: new Map(), failure: null };
  let groups: F[][] = [[...changes.keys()]];
  let unnamed = 0;
  while (groups.length > 0) {
    const [group = [], ...rest] = groups;
    groups = rest;
    const error = await attempt(write, changes, [...sent.accepted, ...group]);
    if (error === null) {
      sent.accepted.push(...group);
      continue;
    }
    if (!(error instanceof UnleashedApiError) || error.code !== 'REFUSED') return { ...sent, failure: error };
    if (isAboutOthers(error, [...changes.keys()], errorKeys)) {
      for (const field of [...group, ...groups.flat()])
        sent.refused.set(field, { code: 'unsendable', message: error.message });
      return sent;
    }
    const named = fieldsNamed(error, group, errorKeys);
    if (named.length === 0 && namesUnchanged(error, changes, errorKeys)) {
      // The whole record is sent, so it can be refused for what was there before; no field of ours is to blame.
      for (const field of group) sent.refused.set(field, { code: 'unsendable', message: error.message });
      continue;
    }
    const stopped = group.length === 1 ? group : named;
    if (named.length === 0 && group.length === 1) unnamed += 1;
    for (const field of stopped) sent.refused.set(field, { code: 'invalid-value', message: error.message });
    const left = group.filter((field) => !stopped.includes(field));
    if (left.length > 0) groups.push(...(stopped.length > 0 ? [left] : left.map((field) => [field])));
  }
  // Refused whatever was changed, and never for a field of ours: it is the record that is not taken.
  if (changes.size > 1 && unnamed === changes.size) {
    for (const [field, refusal] of sent.refused) sent.refused.set(field, { ...refusal, code: 'unsendable' });
  }
  return sent;
}

/** Whether a refusal names properties, and none that is changed: the record as it stands is not one that the API takes. */
function isAboutOthers<F extends Field>(
  error: UnleashedApiError,
  changed: readonly F[],
  errorKeys: Readonly<Record<F, readonly string[]>>,
): boolean {
  if (fieldsNamed(error, changed, errorKeys).length > 0) return false;
  const all = Object.keys(errorKeys) as F[];
  return Object.keys(error.fieldErrors).length > 0 || fieldsNamed(error, all, errorKeys).length > 0;
}

async function attempt<F extends Field>(
  write: (changes: Partial<Record<F, string>>) => Promise<void>,
  changes: ReadonlyMap<F, string>,
  fields: readonly F[],
): Promise<unknown> {
  const entries = fields.map((field) => [field, changes.get(field) ?? '']);
  try {
    await write(Object.fromEntries(entries) as Partial<Record<F, string>>);
    return null;
  } catch (error) {
    return error ?? new Error('a write rejected with nothing');
  }
}

/** The fields that a refusal names: by the keys of its errors map, else by words of its text. */
export function fieldsNamed<F extends Field>(
  error: UnleashedApiError,
  fields: readonly F[],
  errorKeys: Readonly<Record<F, readonly string[]>>,
): F[] {
  const keys = Object.keys(error.fieldErrors).map((key) => key.toLowerCase());
  const byKey = fields.filter((field) => keys.some((key) => errorKeys[field].some((word) => mentions(key, word))));
  if (keys.length > 0) return byKey;
  const text = error.message.slice(error.call.length).toLowerCase();
  return fields.filter((field) => errorKeys[field].some((word) => mentions(text, word)));
}

/** Whether a refusal names a field that was not changed. */
function namesUnchanged<F extends Field>(
  error: UnleashedApiError,
  changes: ReadonlyMap<F, string>,
  errorKeys: Readonly<Record<F, readonly string[]>>,
): boolean {
  const others = (Object.keys(errorKeys) as F[]).filter((field) => !changes.has(field));
  return fieldsNamed(error, others, errorKeys).length > 0;
}

/** Whether a word stands alone in a text: `email` is not in `emailcc`, and is in `Email[0]`. */
function mentions(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const around = `${text[at - 1] ?? ' '}${text[at + word.length] ?? ' '}`;
    if (!/[a-z0-9]/.test(around)) return true;
  }
  return false;
}
