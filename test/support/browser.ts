/**
 * A browser for tests: the one of this machine (BROWSER_PATH, else a Chromium or Chrome on the PATH), and where there is
 * none, or it does not start, the packaged Chromium. That one is unpacked once into the checkout's local folder.
 */
import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';
import { localFolders } from '#local-stack';

const programs = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
/** No sandbox of the browser's own: tests run as root in containers, and load nothing but our own pages. */
const flags = ['--no-sandbox', '--no-zygote', '--disable-gpu', '--disable-dev-shm-usage'];
/** The language is said: what a machine's environment says may be no language of the web (en-US@posix). */
const env = { ...process.env, LANG: 'en_GB.UTF-8', LC_ALL: 'en_GB.UTF-8', LANGUAGE: 'en_GB' };
const launchTimeoutMs = 60_000;
const unpackTimeoutMs = 120_000;

/** Starts a browser without a window; the caller closes it. */
export async function launchBrowser(): Promise<Browser> {
  const own = process.env.BROWSER_PATH ?? onPath();
  if (own !== undefined) {
    try {
      return await chromium.launch({ executablePath: own, args: flags, env, timeout: launchTimeoutMs });
    } catch (cause) {
      // Named on purpose: then a silent replacement would only confuse.
      if (process.env.BROWSER_PATH !== undefined) throw new Error(`BROWSER_PATH ${own} does not start.`, { cause });
    }
  }
  return chromium.launch({ executablePath: await unpacked(), args: flags, env, timeout: launchTimeoutMs });
}

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return programs.flatMap((program) => folders.map((folder) => join(folder, program))).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The packaged Chromium, unpacked. Its package would unpack into the machine's temporary folder and take whatever lies
 * there, half written or not; so it is told another one, by a process of its own, and the finished folder is renamed
 * into place. Whoever comes second finds it, or throws its own copy away.
 */
async function unpacked(): Promise<string> {
  const entry = import.meta.resolve('@sparticuz/chromium');
  const manifest = readFileSync(fileURLToPath(new URL('../../package.json', entry)), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const folder = join(localFolders().home, 'browser', `chromium-${version}`);
  const program = join(folder, 'chromium');
  if (existsSync(program)) return program;
  mkdirSync(join(folder, '..'), { recursive: true });
  const part = mkdtempSync(`${folder}.part-`);
  try {
    const script = `(await import(${JSON.stringify(entry)})).default.executablePath()`;
    const arguments_ = ['--input-type=module', '--eval', `await ${script};`];
    const env = { ...process.env, TMPDIR: part, TMP: part, TEMP: part };
    await promisify(execFile)(process.execPath, arguments_, { env, timeout: unpackTimeoutMs });
    renameSync(part, folder);
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    if (!existsSync(program)) throw error;
  }
  return program;
}
