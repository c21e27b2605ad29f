#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { localFolders } from '../../libs/local-stack/folders.ts';

// Before anything larger is loaded; the services that a command starts find the folder in their environment.
process.env.NODE_COMPILE_CACHE ??= localFolders().compileCacheDir;
enableCompileCache(process.env.NODE_COMPILE_CACHE);

const words = process.argv.slice(2);
try {
  const { createProgram } = await import('./program.ts');
  await (await createProgram(words)).parseAsync();
} catch (error) {
  const [{ exitCodeOfPrinted }, { reportError }] = await Promise.all([
    import('./usage.ts'),
    import('./report-error.ts'),
  ]);
  process.exitCode = exitCodeOfPrinted(error) ?? reportError(error, process.stderr, { json: words.includes('--json') });
}
