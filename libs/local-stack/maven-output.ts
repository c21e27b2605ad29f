import { diskFullError, isDiskFull, LocalStackError, OTHER_WAYS } from './errors.ts';

/** Lines of Maven's output that are kept for an error. */
const TAIL_LINES_MAX = 40;
/** Progress is said no more often, milliseconds: a log file should not fill with it. */
const SAY_PAUSE_MS = 1_000;
/** A line longer than this is cut. */
const LINE_CHARS_MAX = 2_000;

/** Follows Maven's output. */
export interface FetchMeter {
  /** Takes the next piece of output. */
  write: (chunk: string) => void;
  /** The last lines, oldest first. */
  tail: () => string[];
}

/**
 * Turns Maven's output into progress: counts finished files and follows the file that is under way.
 *
 * @param say told about it, at most once a second, and never the same twice
 * @param nowMs the time, milliseconds
 */
export function fetchMeter(say: (message: string) => void, nowMs: () => number = () => performance.now()): FetchMeter {
  const lines: string[] = [];
  let rest = '';
  let files = 0;
  let said = '';
  let silentUntilMs = 0;
  const sayOnce = (message: string): void => {
    if (message === said || nowMs() < silentUntilMs) return;
    silentUntilMs = nowMs() + SAY_PAUSE_MS;
    said = message;
    say(message);
  };
  return {
    write: (chunk) => {
      // Maven ends its progress lines with a carriage return.
      const parts = (rest + chunk).split(/[\r\n]+/);
      rest = (parts.pop() ?? '').slice(-LINE_CHARS_MAX);
      for (const part of parts) {
        const line = part.trim().slice(0, LINE_CHARS_MAX);
        const progress = parseProgress(line);
        if (progress !== undefined) {
          sayOnce(`Fetching: ${files} files, ${progress}`);
          continue;
        }
        if (line.includes('Downloaded from ')) sayOnce(`Fetching: ${++files} files`);
        else if (line !== '' && !line.includes('Downloading from ')) lines.push(line);
        if (lines.length > TAIL_LINES_MAX) lines.shift();
      }
    },
    tail: () => (rest.trim() === '' ? [...lines] : [...lines, rest.trim()]),
  };
}

/** "4 of 109 MB" out of "Progress (1): 4.1/109 MB"; undefined for another line, or for a file of less than a MB. */
export function parseProgress(line: string): string | undefined {
  const match = /^Progress \(\d+\): .*?([\d.]+)\/([\d.]+) MB/.exec(line);
  return match === null ? undefined : `${Math.floor(Number(match[1]))} of ${Math.ceil(Number(match[2]))} MB`;
}

/** The error that Maven's last lines mean. */
export function mavenFailure(tail: readonly string[], downloadDir: string): LocalStackError {
  if (tail.some(isDiskFull)) return diskFullError(downloadDir);
  const reason = tail
    .find((line) => line.startsWith('[ERROR]'))
    ?.replace('[ERROR]', '')
    .trim();
  return new LocalStackError('DOWNLOAD_FAILED', 'Maven could not fetch the local servers.', {
    hint: `Check the network, the proxy and Maven's settings.xml, then try again, ${OTHER_WAYS}.${
      reason === undefined ? '' : ` Maven said: ${reason.slice(0, 300)}`
    }`,
    logTail: tail,
  });
}
