#!/usr/bin/env node
/**
 * `npx twoway …`: hands over to main.ts. It is TypeScript, which Node runs as it is from version 22.18 on; npm's own Node may be
 * older, and then the one that the project brings along in node_modules takes over.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const main = join(dirname(fileURLToPath(import.meta.url)), 'main.ts');

if (major > 22 || (major === 22 && minor >= 18)) {
  await import('./main.ts');
} else {
  const child = spawn(newerNode(), [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends its signals to both; whoever ends this one alone means the other.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(
      `Node ${process.versions.node} is too old, and node_modules has no newer one (${error.message}).\nRun npm ci.\n`,
    );
    process.exitCode = 70;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  });
}

/** Path of the Node of the package `node`. */
function newerNode() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node');
  } catch {
    return 'node-24-is-missing';
  }
}
