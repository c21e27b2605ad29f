/**
 * The folder of stored tenants. Each revision is a file of its own, `acme.000003.json`: it is written beside, flushed, and put
 * in place by a hard link, which fails when somebody else made that revision first. So two control APIs, on two machines, can
 * change one tenant without a lock and without losing either change, and nobody ever reads half a file.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RuntimeError } from '../errors.ts';
import { TENANTS_MAX } from '../tenant-schema.ts';
import { type StoredTenant, storedTenant } from './stored-tenant.ts';

/** A larger file is none of ours, bytes. */
const FILE_BYTES_MAX = 512 * 1024;
const NAME = /^([a-z0-9][a-z0-9-]{0,39})\.(\d{6})\.json$/;

/** A file of the store. */
export interface StoreFile {
  readonly id: string;
  readonly revision: number;
  readonly path: string;
}

/** The newest file of each tenant, in the order of their ids; null when there is no such folder. */
export async function newestFiles(folder: string): Promise<StoreFile[] | null> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw unavailable(folder, error);
  }
  const newest = new Map<string, StoreFile>();
  for (const name of names) {
    const [, id = '', digits = ''] = NAME.exec(name) ?? [];
    const revision = Number(digits);
    if (id === '' || revision <= (newest.get(id)?.revision ?? 0)) continue;
    newest.set(id, { id, revision, path: join(folder, name) });
  }
  return [...newest.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, TENANTS_MAX);
}

/** How a file looks from outside: another text means another content. */
export async function stampOf({ path }: StoreFile): Promise<string> {
  const { ino, size, mtimeMs, ctimeMs } = await stat(path);
  return [ino, size, mtimeMs, ctimeMs].join('/');
}

/** Reads a file. Throws RuntimeError TENANTS_STORE_DAMAGED or TENANTS_STORE_UNAVAILABLE. */
export async function readStored({ id, revision, path }: StoreFile): Promise<StoredTenant> {
  let text: string;
  try {
    if ((await stat(path)).size > FILE_BYTES_MAX) throw damaged(path, 'it is too large');
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw error instanceof RuntimeError ? error : unavailable(path, error);
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw damaged(path, 'it is not JSON');
  }
  const result = storedTenant.safeParse(content);
  if (!result.success) throw damaged(path, `${result.error.issues[0]?.path.join('.')} is not as it must be`);
  if (result.data.id !== id || result.data.revision !== revision) throw damaged(path, 'its name is that of another');
  return result.data;
}

/**
 * Writes the next revision and takes those before it away.
 * @throws RuntimeError TENANTS_STORE_STALE when that revision is there already, TENANTS_STORE_UNAVAILABLE
 */
export async function writeStored(folder: string, stored: StoredTenant): Promise<void> {
  const { id, revision } = stored;
  const target = join(folder, `${id}.${String(revision).padStart(6, '0')}.json`);
  const beside = join(folder, `.${id}.${randomBytes(6).toString('hex')}.new`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = await open(beside, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(storedTenant.parse(stored), null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(beside, target);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw unavailable(folder, error);
    throw new RuntimeError('TENANTS_STORE_STALE', `Somebody else changed ${id} in the same moment.`, {
      hint: 'Look at it as it is now, and repeat the change if it is still wanted.',
    });
  } finally {
    await rm(beside, { force: true });
  }
  for (let older = revision - 1; older > 0; older--) {
    const path = join(folder, `${id}.${String(older).padStart(6, '0')}.json`);
    if (!(await exists(path))) break;
    await rm(path, { force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}

function unavailable(path: string, error: unknown): RuntimeError {
  return new RuntimeError('TENANTS_STORE_UNAVAILABLE', `${path} cannot be used (${codeOf(error)}).`, {
    hint: 'Check TENANTS_STORE_DIR, and that the service may read and write there.',
    cause: error,
  });
}

function damaged(path: string, why: string): RuntimeError {
  return new RuntimeError('TENANTS_STORE_DAMAGED', `${path} cannot be used: ${why}.`, {
    hint: 'Put the file back from a copy, or remove it and add the tenant again.',
  });
}
