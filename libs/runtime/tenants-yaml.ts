/** The tenants file as YAML: its text to a plain value, with a way back from a path to line and column. */
import { type Document, isCollection, isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { TenantsProblem } from './tenants-error.ts';

/** A path in the file: keys and list indexes. */
export type Path = readonly PropertyKey[];

/** A file that could be parsed. */
export interface ParsedYaml {
  /** The plain value. */
  readonly value: unknown;
  /** Line and column of the value at a path; of the nearest section above when there is none. */
  locate(path: Path): { line: number; column: number };
  /** Line and column of a key inside the section at a path. */
  locateKey(path: Path, key: string): { line: number; column: number };
}

/** `*alias` may stand for this many nodes altogether: a small file must not become a huge value. */
const ALIASES_MAX = 1_000;

/** yaml's own messages quote the file, which holds secrets; these do not. */
const MESSAGES: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'The alias (*name) has no anchor (&name) before it.',
  BAD_INDENT: 'The line is not indented as the lines around it. Use the same number of spaces for one section.',
  BLOCK_AS_IMPLICIT_KEY: 'A colon too many: put the text in quotes.',
  BLOCK_IN_FLOW: 'An indented section stands inside { } or [ ].',
  DUPLICATE_KEY: 'This key is there twice in one section. Remove one.',
  MISSING_CHAR: 'A character is missing: a quote, a bracket, a comma, or the space after a colon or dash.',
  MULTILINE_IMPLICIT_KEY: 'A colon is missing, or a text over several lines needs quotes.',
  MULTIPLE_DOCS: 'The file holds several documents (---). Keep one.',
  NON_STRING_KEY: 'Keys must be words.',
  TAB_AS_INDENT: 'Indent with spaces, not with tabs.',
  UNEXPECTED_TOKEN: 'Something stands here that does not belong here. Put texts with special characters in quotes.',
};

/** Parses the text, or says everything that is wrong with it as YAML. */
export function parseYaml(text: string): ParsedYaml | { problems: TenantsProblem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    stringKeys: true,
    logLevel: 'error',
  });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problems = [...document.errors, ...document.warnings].map((error) => ({
    ...at(error.pos[0]),
    field: '',
    message: MESSAGES[error.code] ?? `This is not valid YAML (${error.code}).`,
  }));
  if (problems.length > 0) return { problems };
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch {
    return {
      problems: [{ line: 1, column: 1, field: '', message: `More than ${ALIASES_MAX} nodes come from aliases.` }],
    };
  }
  return {
    value,
    locate: (path) => at(offsetOf(document, path)),
    locateKey(path, key) {
      const section = nodeAt(document, path);
      const pair = isMap(section)
        ? section.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === key)
        : undefined;
      return at((pair?.key as Node | undefined)?.range?.[0] ?? offsetOf(document, path));
    },
  };
}

function nodeAt(document: Document, path: Path): unknown {
  let node: unknown = document.contents;
  for (const step of path) {
    if (!isCollection(node)) return undefined;
    node = node.get(typeof step === 'number' ? step : String(step), true);
  }
  return node;
}

/** Where the value at a path begins; where the nearest section above it begins when the file has no such value. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const node = nodeAt(document, path.slice(0, length)) as Node | undefined;
    const offset = node?.range?.[0];
    if (offset !== undefined) return offset;
  }
  return 0;
}
