/** Query options of a CRM request: split, decoded and read; nested options of $expand included (facts P2.3, P2.5). */
import { refuse } from './answers.ts';

/** Options of one list or of one expanded navigation. */
export type QueryOptions = {
  readonly select: readonly string[];
  readonly filter: string;
  readonly orderBy: readonly { readonly property: string; readonly descending: boolean }[];
  /** Records wanted at most; undefined: no $top. */
  readonly top: number | undefined;
  readonly skip: number;
  readonly count: boolean;
  readonly expand: readonly { readonly name: string; readonly options: QueryOptions }[];
};

/** Most characters of one query string that the API reads. */
const maxQueryChars = 16_000;
/** Deepest $expand inside $expand. */
const maxExpandDepth = 4;

const known = ['$select', '$filter', '$orderby', '$top', '$skip', '$count', '$expand', '$format'];

/**
 * Reads a raw query string.
 * @throws Refusal 400 for an unknown $-option or a value that is not of its form
 */
export function parseQuery(rawQuery: string): QueryOptions {
  if (rawQuery.length > maxQueryChars) refuse(400, '', 'The query string is too long.');
  const options = new Map<string, string>();
  for (const pair of rawQuery.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    options.set(name, equals < 0 ? '' : decode(pair.slice(equals + 1)));
  }
  return readOptions(options, 0);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return refuse(400, '', 'The query string is not valid percent-encoding.');
  }
}

function readOptions(options: ReadonlyMap<string, string>, depth: number): QueryOptions {
  for (const name of options.keys()) {
    if (name.startsWith('$') && !known.includes(name)) {
      refuse(400, '', `The query parameter '${name}' is not supported.`, name);
    }
  }
  return {
    select: splitTop(options.get('$select') ?? '', ','),
    filter: options.get('$filter') ?? '',
    orderBy: splitTop(options.get('$orderby') ?? '', ',').map((item) => {
      const [property = '', direction = 'asc', ...rest] = item.split(/\s+/);
      if (rest.length > 0 || (direction !== 'asc' && direction !== 'desc')) {
        refuse(400, '', `Syntax error in $orderby: '${item}'.`, '$orderby');
      }
      return { property, descending: direction === 'desc' };
    }),
    top: wholeNumber('$top', options.get('$top')),
    skip: wholeNumber('$skip', options.get('$skip')) ?? 0,
    count: options.get('$count') === 'true',
    expand: splitTop(options.get('$expand') ?? '', ',').map((item) => readExpand(item, depth)),
  };
}

function readExpand(item: string, depth: number): { name: string; options: QueryOptions } {
  if (depth >= maxExpandDepth) refuse(400, '', 'The $expand is nested too deeply.', '$expand');
  const open = item.indexOf('(');
  if (open < 0) return { name: item, options: readOptions(new Map(), depth + 1) };
  if (!item.endsWith(')')) refuse(400, '', `Syntax error in $expand: '${item}'.`, '$expand');
  const nested = new Map<string, string>();
  for (const part of splitTop(item.slice(open + 1, -1), ';')) {
    const equals = part.indexOf('=');
    nested.set(part.slice(0, equals).trim(), part.slice(equals + 1));
  }
  return { name: item.slice(0, open).trim(), options: readOptions(nested, depth + 1) };
}

function wholeNumber(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,9}$/.test(value)) refuse(400, '', `Invalid value '${value}' for ${name}.`, name);
  return Number(value);
}

/** Splits at a separator outside of parentheses and quotes; parts are trimmed, empty ones left out. */
function splitTop(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let part = '';
  for (const char of text) {
    if (char === "'") quoted = !quoted;
    else if (!quoted && char === '(') depth += 1;
    else if (!quoted && char === ')') depth -= 1;
    if (!quoted && depth === 0 && char === separator) {
      parts.push(part.trim());
      part = '';
    } else part += char;
  }
  parts.push(part.trim());
  return parts.filter((each) => each !== '');
}
