import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** A larger log is put aside (one generation) when its service is started, bytes. */
const LOG_BYTES_MAX = 20 * 1024 * 1024;
/** Lines shown with a death. */
const TAIL_LINES_MAX = 12;
/** No more than this is read to find them, bytes. */
const TAIL_BYTES_MAX = 32 * 1024;
/** A longer line is cut, characters. */
const LINE_CHARS_MAX = 300;

/** Opens a service's log for appending; the caller closes the descriptor. */
export function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  try {
    if (statSync(file).size > LOG_BYTES_MAX) renameSync(file, `${file}.1`);
  } catch {
    // There is none yet.
  }
  return openSync(file, 'a');
}

/** The last lines of a log, oldest first, JSON lines turned into words. Empty when there is no log. */
export function logTail(file: string): string[] {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return [];
  }
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES_MAX));
    readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer.toString('utf8').trimEnd().split('\n');
    return lines
      .slice(-TAIL_LINES_MAX)
      .filter((line) => line.trim() !== '')
      .map(plainLine);
  } finally {
    closeSync(descriptor);
  }
}

/** A pino line as `level: message (error)`; any other line as it is. */
export function plainLine(line: string): string {
  let text = line;
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry === 'object' && entry !== null && 'msg' in entry) {
      const level = 'level' in entry ? levelName(entry.level) : 'info';
      const error = 'err' in entry ? errorMessage(entry.err) : '';
      text = `${level}: ${String(entry.msg)}${error === '' || error === entry.msg ? '' : ` (${error})`}`;
    }
  } catch {
    // Not JSON: a stack trace, or Node's own words.
  }
  return text.length > LINE_CHARS_MAX ? `${text.slice(0, LINE_CHARS_MAX)}…` : text;
}

function levelName(level: unknown): string {
  if (typeof level === 'string') return level;
  if (typeof level !== 'number') return 'info';
  if (level >= 60) return 'fatal';
  if (level >= 50) return 'error';
  if (level >= 40) return 'warn';
  return level >= 30 ? 'info' : 'debug';
}

function errorMessage(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
}
