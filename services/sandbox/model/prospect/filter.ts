/**
 * The $filter language that the CRM takes (facts P2.3, P2.4): eq ne gt ge lt le, and or not, parentheses, contains
 * startswith endswith tolower toupper trim length, text in single quotes ('' for a quote), numbers, true, false, null,
 * unquoted date-times, and paths over single-valued navigation (SalesLedger/AccountsId).
 */
import type { CrmSwitches } from '../switches-crm.ts';
import type { Json, Row } from '../types.ts';
import { parseMicros, refuse, refuseUnknownProperty } from './answers.ts';
import { type SetSchema, schemas } from './schema.ts';
import { type CrmState, follow } from './state.ts';

type Token = { kind: 'word' | 'text' | 'number' | 'date' | 'symbol'; text: string };
type Operand = { read: (row: Row) => Json; type: 'string' | 'int' | 'decimal' | 'bool' | 'date' | 'null' };
type Reader = { tokens: Token[]; at: number; state: CrmState; schema: SetSchema; switches: CrmSwitches };

/** Decides whether a row is listed. */
export type Predicate = (row: Row) => boolean;

const comparisons = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'];
const tokenPattern =
  /\s*(?:('(?:[^']|'')*')|(\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?)|(-?\d+(?:\.\d+)?)|([A-Za-z_][\w/]*)|([(),]))/y;
/** Deepest nesting taken; a filter beyond it is refused rather than risked on the stack. */
const maxDepth = 50;

/**
 * Compiles a filter.
 * @throws Refusal 400 for a syntax error, an unknown property or types that cannot be compared
 */
export function compileFilter(state: CrmState, schema: SetSchema, switches: CrmSwitches, filter: string): Predicate {
  const reader: Reader = { tokens: tokenise(filter), at: 0, state, schema, switches };
  const predicate = parseOr(reader, 0);
  if (reader.at < reader.tokens.length) syntaxError(`unexpected '${reader.tokens[reader.at]?.text}'`);
  return predicate;
}

function syntaxError(what: string): never {
  return refuse(400, '', `The query specified in the URI is not valid. Syntax error in $filter: ${what}.`, '$filter');
}

function tokenise(filter: string): Token[] {
  const tokens: Token[] = [];
  const source = filter.trimEnd();
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < source.length) {
    const start = tokenPattern.lastIndex;
    const match = tokenPattern.exec(source);
    if (!match) syntaxError(`character ${start + 1}`);
    const [, text, date, number, word, symbol] = match;
    if (text !== undefined) tokens.push({ kind: 'text', text: text.slice(1, -1).replaceAll("''", "'") });
    else if (date !== undefined) tokens.push({ kind: 'date', text: date });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol });
  }
  return tokens;
}

function isWord(reader: Reader, word: string): boolean {
  const token = reader.tokens[reader.at];
  return token?.kind === 'word' && token.text === word;
}

function takeSymbol(reader: Reader, symbol: string): boolean {
  const token = reader.tokens[reader.at];
  if (token?.kind !== 'symbol' || token.text !== symbol) return false;
  reader.at += 1;
  return true;
}

function parseOr(reader: Reader, depth: number): Predicate {
  if (depth > maxDepth) syntaxError('nested too deeply');
  let left = parseAnd(reader, depth);
  while (isWord(reader, 'or')) {
    reader.at += 1;
    const a = left;
    const b = parseAnd(reader, depth);
    left = (row) => a(row) || b(row);
  }
  return left;
}

function parseAnd(reader: Reader, depth: number): Predicate {
  let left = parseNot(reader, depth);
  while (isWord(reader, 'and')) {
    reader.at += 1;
    const a = left;
    const b = parseNot(reader, depth);
    left = (row) => a(row) && b(row);
  }
  return left;
}

function parseNot(reader: Reader, depth: number): Predicate {
  if (isWord(reader, 'not')) {
    reader.at += 1;
    const inner = parseNot(reader, depth + 1);
    return (row) => !inner(row);
  }
  if (takeSymbol(reader, '(')) {
    const inner = parseOr(reader, depth + 1);
    if (!takeSymbol(reader, ')')) syntaxError("')' expected");
    return inner;
  }
  return parseComparison(reader);
}

function parseComparison(reader: Reader): Predicate {
  const left = parseOperand(reader);
  const token = reader.tokens[reader.at];
  if (token?.kind !== 'word' || !comparisons.includes(token.text)) {
    if (left.type !== 'bool') syntaxError('a comparison expected');
    return (row) => left.read(row) === true;
  }
  reader.at += 1;
  const right = parseOperand(reader);
  if (!comparable(left, right)) {
    refuse(400, '', `A binary operator with incompatible types was detected: '${left.type}' and '${right.type}'.`);
  }
  const toKey = keyFor(left, right, reader.switches);
  return compare(token.text, left, right, toKey);
}

function comparable(left: Operand, right: Operand): boolean {
  if (left.type === right.type || left.type === 'null' || right.type === 'null') return true;
  const numbers = ['int', 'decimal'];
  return numbers.includes(left.type) && numbers.includes(right.type);
}

function keyFor(left: Operand, right: Operand, switches: CrmSwitches): (value: Json) => Json {
  const type = left.type === 'null' ? right.type : left.type;
  if (type === 'date') return (value) => (typeof value === 'string' ? (parseMicros(value) ?? null) : value);
  if (type === 'string' && switches.stringCompare === 'ignoreCase') {
    return (value) => (typeof value === 'string' ? value.toLowerCase() : value);
  }
  return (value) => value;
}

function compare(operator: string, left: Operand, right: Operand, toKey: (value: Json) => Json): Predicate {
  return (row) => {
    const a = toKey(left.read(row));
    const b = toKey(right.read(row));
    if (operator === 'eq') return a === b;
    if (operator === 'ne') return a !== b;
    if (a === null || b === null) return false;
    if (operator === 'gt') return a > b;
    if (operator === 'ge') return a >= b;
    return operator === 'lt' ? a < b : a <= b;
  };
}

function parseOperand(reader: Reader): Operand {
  const token = reader.tokens[reader.at];
  reader.at += 1;
  if (!token) return syntaxError('unexpected end');
  if (token.kind === 'text') return { type: 'string', read: () => token.text };
  if (token.kind === 'number') return { type: 'decimal', read: () => Number(token.text) };
  if (token.kind === 'date') {
    if (parseMicros(token.text) === undefined) syntaxError(`'${token.text}' is not a date-time with an offset`);
    return { type: 'date', read: () => token.text };
  }
  if (token.kind === 'symbol') return syntaxError(`unexpected '${token.text}'`);
  if (token.text === 'true' || token.text === 'false') return { type: 'bool', read: () => token.text === 'true' };
  if (token.text === 'null') return { type: 'null', read: () => null };
  if (takeSymbol(reader, '(')) return parseCall(reader, token.text);
  return propertyOperand(reader, token.text);
}

function parseCall(reader: Reader, name: string): Operand {
  const args: Operand[] = [];
  do args.push(parseOperand(reader));
  while (takeSymbol(reader, ','));
  if (!takeSymbol(reader, ')')) syntaxError("')' expected");
  const [first, second] = args;
  if (!first || args.some((arg) => arg.type !== 'string' && arg.type !== 'null')) {
    return refuse(400, '', `No function signature for '${name}' matches the given arguments.`);
  }
  const fold = reader.switches.stringCompare === 'ignoreCase';
  const text = (operand: Operand, row: Row): string => {
    const value = String(operand.read(row) ?? '');
    return fold ? value.toLowerCase() : value;
  };
  const test = (decide: (text: string, part: string) => boolean): Operand => {
    if (!second || args.length > 2) return refuse(400, '', `'${name}' takes two arguments.`);
    return { type: 'bool', read: (row) => first.read(row) !== null && decide(text(first, row), text(second, row)) };
  };
  const map = (turn: (text: string) => Json, type: Operand['type'] = 'string'): Operand => ({
    type,
    read: (row) => {
      const value = first.read(row);
      return value === null ? null : turn(String(value));
    },
  });
  switch (name) {
    case 'contains':
      return test((value, part) => value.includes(part));
    case 'startswith':
      return test((value, part) => value.startsWith(part));
    case 'endswith':
      return test((value, part) => value.endsWith(part));
    case 'tolower':
      return map((value) => value.toLowerCase());
    case 'toupper':
      return map((value) => value.toUpperCase());
    case 'trim':
      return map((value) => value.trim());
    case 'length':
      return map((value) => value.length, 'int');
    default:
      return refuse(400, '', `An unknown function with name '${name}' was found.`);
  }
}

function propertyOperand(reader: Reader, path: string): Operand {
  const steps = path.split('/');
  const last = steps.pop() ?? '';
  let schema = reader.schema;
  const walk: [SetSchema, string][] = [];
  for (const step of steps) {
    const navigation = schema.navigation[step];
    if (!navigation || navigation.many) return refuseUnknownProperty(step, schema.type);
    walk.push([schema, step]);
    schema = schemas[navigation.set];
  }
  const name = findProperty(schema, last, reader.switches.filterNamesIgnoreCase);
  const property = schema.properties[name];
  if (!property) return refuseUnknownProperty(last, schema.type);
  const read = (row: Row): Json => {
    let current: Row | undefined = row;
    for (const [from, step] of walk) {
      if (!current) return null;
      current = follow(reader.state, from, current, step)[0];
    }
    return current?.[name] ?? null;
  };
  return { type: property.type, read };
}

/** The exact name of a property, looked up without case when `ignoreCase`. */
export function findProperty(schema: SetSchema, name: string, ignoreCase: boolean): string {
  if (!ignoreCase || name in schema.properties) return name;
  return Object.keys(schema.properties).find((known) => known.toLowerCase() === name.toLowerCase()) ?? name;
}
