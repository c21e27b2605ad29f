#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { localFolders } from '../../libs/local-stack/folders.ts';
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';
import { exitCodeOfPrinted } from './usage.ts';

// Before any command is loaded; the services that it starts find the folder in their environment.
process.env.NODE_COMPILE_CACHE ??= localFolders().compileCacheDir;
enableCompileCache(process.env.NODE_COMPILE_CACHE);

const words = process.argv.slice(2);
try {
  await (await createProgram(words)).parseAsync();
} catch (error) {
  process.exitCode = exitCodeOfPrinted(error) ?? reportError(error, process.stderr, { json: words.includes('--json') });
}
