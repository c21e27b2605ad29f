/** Builds the console: alone as `node services/console/build.ts <folder>`, or for whoever starts a system, once. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const SOURCE = import.meta.dirname;
const ROOT = join(SOURCE, '..', '..');
/** Everything that the result depends on: own files and versions of what is bundled. */
const SOURCES = [SOURCE, join(ROOT, 'package-lock.json')];
const DEADLINE_MS = 120_000;
/** Pages that a browser can be sent to. */
const DOCUMENTS = ['index.html', 'panel.html'];
/** Kinds of files that become smaller. */
const COMPRESSED = new Set(['.js', '.css', '.html', '.svg']);

/** A console that was built. */
export interface BuiltConsole {
  /** Where its files are. */
  readonly folder: string;
  /** Milliseconds that the build took; null when it was there already. */
  readonly tookMs: number | null;
}

/**
 * The console of these sources below `home`, built unless it is there. Many may ask at once: each builds in a folder of
 * its own, and the first that is done gives its name to the result.
 *
 * @throws Error when the sources cannot be built, with what the builder says
 */
export async function builtConsole(home: string): Promise<BuiltConsole> {
  const folder = join(home, fingerprint());
  if (existsSync(folder)) return { folder, tookMs: null };
  const startedAtMs = performance.now();
  mkdirSync(home, { recursive: true });
  const part = mkdtempSync(join(home, 'part-'));
  try {
    // A process of its own: the builder needs much memory once, and takes what it builds for from NODE_ENV.
    const env = { ...process.env, NODE_ENV: 'production' };
    await promisify(execFile)(process.execPath, [import.meta.filename, part], { env, timeout: DEADLINE_MS });
    renameSync(part, folder);
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    if (!existsSync(folder)) throw new Error('The console cannot be built.', { cause: error });
  }
  return { folder, tookMs: performance.now() - startedAtMs };
}

function fingerprint(): string {
  const hash = createHash('sha256');
  for (const file of SOURCES.flatMap(filesOf)) {
    hash.update(file.slice(ROOT.length)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

async function build(folder: string): Promise<void> {
  const vite = await import('vite');
  await vite.build({
    configFile: false,
    root: SOURCE,
    logLevel: 'error',
    build: {
      ...{ outDir: folder, emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 1_000 },
      // Two documents: the console, and the panel that other systems show.
      rolldownOptions: { input: DOCUMENTS.map((name) => join(SOURCE, name)) },
    },
  });
  // Compressed once, so that no request waits for it.
  for (const file of filesOf(folder).filter((one) => COMPRESSED.has(extname(one)))) {
    const content = readFileSync(file);
    writeFileSync(`${file}.br`, brotliCompressSync(content));
    writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  }
}

/** All files below a folder, or the file itself. */
function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

if (import.meta.main) {
  const folder = process.argv[2];
  if (folder === undefined) throw new Error('Say into which folder: node services/console/build.ts <folder>');
  await build(resolve(folder));
}
