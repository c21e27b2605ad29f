/**
 * References in the tenants file: `${NAME}` anywhere in a text stands for the environment variable NAME (`$${` for a plain
 * `${`); for secrets, `file:path` or `{ file: path }` stands for the text of a file, relative to the tenants file, and
 * `{ command: [program, argument, …] }` for what a command prints, run without a shell.
 */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { CommandLine } from './command-output.ts';
import type { Env } from './config.ts';
import { describeError } from './errors.ts';
import { SECRET_FIELDS } from './tenant-schema.ts';
import type { Path } from './tenants-yaml.ts';

/** What is to be resolved against what. */
export interface ReferenceOptions {
  /** Path of the tenants file. */
  readonly path: string;
  readonly env: Env;
  /** What commands printed, or the error, by {@link commandKey}. Default: none was asked. */
  readonly commands?: ReadonlyMap<string, string | Error>;
}

/** A command that a secret comes from. */
export interface CommandReference {
  readonly path: Path;
  readonly command: CommandLine;
}

/** A command as the key of a map. */
export function commandKey(command: CommandLine): string {
  return JSON.stringify(command);
}

/** Words of a command at most. */
const WORDS_MAX = 50;
/** Commands of one file at most: each of them is a process. */
export const COMMANDS_MAX = 1_000;

/** The value with all references resolved. */
export interface ResolvedReferences {
  readonly value: unknown;
  /** References that could not be resolved. */
  readonly problems: { path: Path; message: string }[];
  /** Files that were read, absolute. */
  readonly files: ReadonlySet<string>;
  /** Commands that are referred to, whether or not they were asked. */
  readonly commands: readonly CommandReference[];
}

const SECRET_FILE_BYTES_MAX = 64 * 1024;
const ENV_REFERENCE = /\$?\$\{([^}]*)\}/g;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Sections of the file do not nest deeper; a value that does is refused by the schema. */
const DEPTH_MAX = 8;

/** Resolves every reference in a plain value. */
export function resolveReferences(value: unknown, options: ReferenceOptions): ResolvedReferences {
  const problems: ResolvedReferences['problems'] = [];
  const files = new Set<string>();
  const commands: CommandReference[] = [];

  function walk(node: unknown, path: Path): unknown {
    if (typeof node === 'string') return text(node, path);
    if (typeof node !== 'object' || node === null || path.length > DEPTH_MAX) return node;
    if (Array.isArray(node)) return node.map((entry, index) => walk(entry, [...path, index]));
    const entries = Object.entries(node);
    const [first] = entries;
    if (isSecretField(path) && entries.length === 1 && first?.[0] === 'file') {
      return typeof first[1] === 'string' ? fromFile(withEnv(first[1], path), path) : node;
    }
    if (isSecretField(path) && entries.length === 1 && first?.[0] === 'command') return fromCommand(first[1], path);
    return Object.fromEntries(entries.map(([key, entry]) => [key, walk(entry, [...path, key])]));
  }

  function fromCommand(words: unknown, path: Path): string {
    const isWords =
      Array.isArray(words) && words.length <= WORDS_MAX && words.every((word) => typeof word === 'string');
    const [program = '', ...args] = isWords ? (words as string[]).map((word) => withEnv(word, path)) : [];
    if (program === '') {
      problems.push({
        path,
        message: 'Give the command as a list of words, such as [vault, kv, get, -field=key, acme].',
      });
      return '';
    }
    const command: CommandLine = [program, ...args];
    commands.push({ path, command });
    const answer = options.commands?.get(commandKey(command));
    if (typeof answer === 'string') return answer;
    problems.push({ path, message: answer === undefined ? 'The command was not run.' : describeError(answer).message });
    return '';
  }

  function text(node: string, path: Path): unknown {
    const resolved = withEnv(node, path);
    // Only what the file itself says may name a file: a variable's value is taken as it is.
    return isSecretField(path) && node.startsWith('file:') ? fromFile(resolved.slice('file:'.length), path) : resolved;
  }

  function withEnv(node: string, path: Path): string {
    return node.replace(ENV_REFERENCE, (match: string, name: string) => {
      if (match.startsWith('$$')) return match.slice(1);
      const value = options.env[name];
      if (!ENV_NAME.test(name)) problems.push({ path, message: 'Give the name of a variable inside the braces.' });
      else if (value === undefined || value === '') {
        problems.push({ path, message: `The environment variable ${name} is not set.` });
      }
      return value ?? '';
    });
  }

  function fromFile(name: string, path: Path): string | undefined {
    const file = resolve(dirname(options.path), name.trim());
    files.add(file);
    try {
      const { size } = statSync(file);
      if (size > SECRET_FILE_BYTES_MAX) {
        problems.push({ path, message: `The file ${file} is larger than ${SECRET_FILE_BYTES_MAX} bytes.` });
        return '';
      }
      const content = readFileSync(file, 'utf8').trim();
      if (content === '') problems.push({ path, message: `The file ${file} is empty.` });
      return content;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
      problems.push({ path, message: `The file ${file} cannot be read (${code}).` });
      return '';
    }
  }

  return { value: walk(value, []), problems, files, commands };
}

function isSecretField(path: Path): boolean {
  return path[0] === 'tenants' && SECRET_FIELDS.has(path.slice(2).map(String).join('.'));
}
