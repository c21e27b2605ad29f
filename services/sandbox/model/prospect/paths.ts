/** Resource paths of the CRM API: Set, Set(key), Set(key)/Navigation, Set/$count, Set(key)/Action, Info(). */
import { refuse } from './answers.ts';
import { findSet, type SetName, type SetSchema } from './schema.ts';

/** What a path names. */
export type Resource =
  | { readonly kind: 'info' }
  | { readonly kind: 'set'; readonly set: SetName }
  | { readonly kind: 'count'; readonly set: SetName }
  | { readonly kind: 'record'; readonly set: SetName; readonly key: string }
  | { readonly kind: 'below'; readonly set: SetName; readonly key: string; readonly name: string };

/**
 * Reads a path.
 * @throws Refusal 404 for a resource that does not exist, 400 for a key that is not of its form
 */
export function parsePath(path: string): Resource {
  const text = decodePath(path).replace(/^\/+|\/+$/g, '');
  if (text === 'Info()' || text === 'Info') return { kind: 'info' };
  const match = /^([A-Za-z]+)(?:\((.*?)\))?(?:\/([A-Za-z$.]+)(?:\(\))?)?$/.exec(text);
  const schema = match?.[1] === undefined ? undefined : findSet(match[1]);
  if (!match || !schema) return refuse(404, '', `Resource not found for the segment '${text.split(/[/(]/)[0]}'.`);
  const [, , keyText, below] = match;
  if (keyText === undefined) {
    if (below === undefined) return { kind: 'set', set: schema.set };
    if (below === '$count') return { kind: 'count', set: schema.set };
    return refuse(404, '', `Resource not found for the segment '${below}'.`);
  }
  const key = parseKey(schema, keyText);
  return below === undefined
    ? { kind: 'record', set: schema.set, key }
    : { kind: 'below', set: schema.set, key, name: below };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return refuse(400, '', 'The path is not valid percent-encoding.');
  }
}

function parseKey(schema: SetSchema, text: string): string {
  const given = new Map<string, string>();
  const pattern = /\s*(?:([A-Za-z]+)\s*=\s*)?('(?:[^']|'')*'|-?\d+)\s*(,|$)/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (!match) return badKey(schema, text);
    const [, name, value = ''] = match;
    const only = schema.keys.length === 1 ? schema.keys[0] : undefined;
    const part = name ?? only;
    if (part === undefined || given.has(part)) return badKey(schema, text);
    const numeric = schema.properties[part]?.type === 'int';
    if (numeric === value.startsWith("'")) return badKey(schema, text);
    given.set(part, numeric ? String(Number(value)) : value.slice(1, -1).replaceAll("''", "'"));
  }
  const parts = schema.keys.map((part) => given.get(part));
  if (given.size !== schema.keys.length || parts.includes(undefined)) return badKey(schema, text);
  return parts.join('|');
}

function badKey(schema: SetSchema, text: string): never {
  return refuse(400, '', `The key (${text}) does not fit ${schema.set}; its parts are ${schema.keys.join(', ')}.`);
}

/** The key of a record as it stands between parentheses in a path, e.g. 12 or OperatingCompanyCode='A',SalesLedgerId='X'. */
export function keyPredicate(schema: SetSchema, key: string): string {
  const [first = '', ...rest] = key.split('|');
  const values = schema.keys.length === 1 ? [key] : [first, rest.join('|')];
  const literal = (part: string, value: string): string =>
    schema.properties[part]?.type === 'int' ? value : `'${value.replaceAll("'", "''")}'`;
  const [only] = schema.keys;
  if (schema.keys.length === 1 && only !== undefined) return literal(only, key);
  return schema.keys.map((part, index) => `${part}=${literal(part, values[index] ?? '')}`).join(',');
}
