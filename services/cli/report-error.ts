import pc from 'picocolors';
import { describeError } from '#runtime';
import { visible } from './visible.ts';

/** What a person who runs a command needs to know of an error: what is wrong, and what to do about it. */
interface ExplainedError extends Error {
  /** One sentence: what to do. */
  hint: string;
  /** Last lines of the log of the program that failed, oldest first. */
  logTail?: readonly string[];
}

/** Exit codes that tell a script what to do: start something, or correct a file or a variable (EX_CONFIG). */
const EXIT_CODES: Readonly<Record<string, number>> = {
  NOT_RUNNING: 3,
  CONFIG_INVALID: 78,
  TENANTS_INVALID: 78,
  TENANTS_UNREADABLE: 78,
};

/** Lines of a failed program's log that are shown. */
const LOG_LINES_MAX = 8;

/**
 * Prints an error: sentence, last words of the program concerned, hint. Without a stack when it explains itself; an
 * error that does not is a defect, and shows everything.
 *
 * @param options json: as one JSON object with code, message, hint and retriable instead
 * @returns the exit code: see EXIT_CODES, else 1, or 70 for a defect of ours
 */
export function reportError(error: unknown, out: NodeJS.WritableStream, options: { json?: boolean } = {}): number {
  if (options.json === true) {
    out.write(`${JSON.stringify({ error: describeError(error) })}\n`);
    return exitCodeOf(error);
  }
  if (!isExplained(error)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    out.write(`${shown(text)}\n`);
    return exitCodeOf(error);
  }
  out.write(`${pc.red(shown(error.message))}\n`);
  for (const line of (error.logTail ?? []).slice(-LOG_LINES_MAX)) out.write(pc.dim(`  | ${visible(line)}\n`));
  if (error.hint !== '') out.write(`${shown(error.hint)}\n`);
  return exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  if (!isExplained(error)) return 70; // EX_SOFTWARE
  return EXIT_CODES[describeError(error).code] ?? 1;
}

/** Errors quote what others typed; our own line ends stay. */
function shown(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

function isExplained(error: unknown): error is ExplainedError {
  return error instanceof Error && 'hint' in error && typeof error.hint === 'string';
}
