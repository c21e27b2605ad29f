/** Tenants as the control API takes them, out of a tenants file or out of words at a terminal. */
import { readFileSync } from 'node:fs';
import { Secret, type Tenant } from '#runtime';
import { UsageError } from '../usage.ts';

/** A tenant with its secrets, to be sent once to whoever encrypts them. */
export function bodyOf(tenant: Tenant): unknown {
  const revealed = (value: unknown): unknown => {
    if (value instanceof Secret) return value.reveal();
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, revealed(entry)]));
  };
  return revealed(tenant);
}

/** Changes out of words such as name=Acme and prospect.token=file:secret. Throws UsageError. */
export function changesOf(words: readonly string[], env: NodeJS.ProcessEnv): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const word of words) {
    const at = word.indexOf('=');
    const [section = '', field] = word.slice(0, Math.max(at, 0)).split('.');
    if (section === '') {
      throw new UsageError(`${JSON.stringify(word)} is no change.`, 'Write name=value, such as name="Acme Ltd".');
    }
    const value = valueIn(word.slice(at + 1), env);
    body[section] = field === undefined ? value : { ...(body[section] as object | undefined), [field]: value };
  }
  return body;
}

/** A secret in a command line could be seen by every user of the machine: so it may come from a file or the environment. */
function valueIn(text: string, env: NodeJS.ProcessEnv): unknown {
  if (text === 'null') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^\d{1,12}$/.test(text)) return Number(text);
  if (text.startsWith('file:')) return fromFile(text.slice('file:'.length));
  const [, name] = /^\$\{([A-Za-z_]\w*)\}$/.exec(text) ?? [];
  if (name === undefined) return text;
  const value = env[name];
  if (value) return value;
  throw new UsageError(`The environment variable ${name} is not set.`, 'Export it first.');
}

function fromFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    throw new UsageError(`The file ${path} cannot be read.`, 'Check its path and rights.');
  }
}
