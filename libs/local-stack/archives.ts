import { createWriteStream } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar';
import { openPromise } from 'yauzl';
import { LocalStackError, OTHER_WAYS } from './errors.ts';

/** Unpacks a .tar.gz into an existing folder. */
export async function unpackTarGz(file: string, into: string): Promise<void> {
  await extract({ file, cwd: into, strict: true });
}

/**
 * The entry of the embedded-redis archive that holds this machine's server.
 *
 * @throws LocalStackError PLATFORM_UNSUPPORTED when there is none
 */
export function redisEntryPattern(platform: NodeJS.Platform, arch: string): RegExp {
  const system = platform === 'linux' ? 'linux' : platform === 'darwin' ? 'darwin' : undefined;
  const cpu = arch === 'x64' ? 'amd64' : arch === 'arm64' ? 'arm64' : arch === 'ia32' ? '386' : undefined;
  if (system === undefined || cpu === undefined) {
    throw new LocalStackError('PLATFORM_UNSUPPORTED', `There is no local stack for ${platform} on ${arch}.`, {
      hint: `Use Linux, macOS or WSL, ${OTHER_WAYS}.`,
    });
  }
  return new RegExp(`(^|/)redis-server-[^/]*-${system}-${cpu}$`);
}

/**
 * Copies the one matching entry of a zip file to `target` and makes it executable.
 *
 * @throws Error when no entry matches
 */
export async function unzipProgram(zip: string, entryName: RegExp, target: string): Promise<void> {
  const archive = await openPromise(zip, { lazyEntries: true });
  try {
    for await (const entry of archive.eachEntry()) {
      if (!entryName.test(entry.fileName)) continue;
      await pipeline(await archive.openReadStreamPromise(entry), createWriteStream(target));
      await chmod(target, 0o755);
      return;
    }
  } finally {
    archive.close();
  }
  throw new Error(`${zip} holds nothing that matches ${entryName.source}`);
}
