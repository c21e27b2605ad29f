import ora from 'ora';
import pc from 'picocolors';
import type { ProgressEvent } from '#local-stack';

/** Shows progress to whoever waits. */
export interface Progress {
  /** Takes what is under way (`working`), or what is done and stays as a line. */
  show: (event: Pick<ProgressEvent, 'phase' | 'message' | 'tookMs'>) => void;
  /** Clears what is only of the moment. Until then a spinner that turns holds the process. */
  end: () => void;
}

/**
 * Progress on a terminal: what is done stays as a line, what is under way is one line that changes. On anything else
 * (a file, a CI log) plain lines.
 *
 * @param out usually stderr, so that stdout holds the result only
 * @param options json: for programs, which are shown nothing
 */
export function createProgress(out: NodeJS.WriteStream, { json = false }: { json?: boolean } = {}): Progress {
  if (json) return { show: () => undefined, end: () => undefined };
  const done = ({ phase, message, tookMs }: Parameters<Progress['show']>[0]): string => {
    const took = tookMs === undefined ? '' : pc.dim(` (${(tookMs / 1000).toFixed(1)} s)`);
    return `${message}${phase === 'reused' ? pc.dim(' (was running)') : took}`;
  };
  // A terminal without width (a pseudo terminal that nobody sized) has lines without end for ora, which clears them all.
  if (out.isTTY !== true || !(out.columns > 0)) {
    const write = (sign: string, text: string): void => void out.write(`${sign} ${text}\n`);
    return {
      show: (event) => (event.phase === 'working' ? write('…', event.message) : write(pc.green('✓'), done(event))),
      end: () => undefined,
    };
  }
  const spinner = ora({
    stream: out,
    isEnabled: true,
    color: pc.isColorSupported ? 'cyan' : false,
    // The terminal stays as it is: Ctrl-C is ours, and a process that is killed leaves a cursor that can be seen.
    ...{ discardStdin: false, hideCursor: false },
  });
  return {
    show: (event) => {
      if (event.phase === 'working') spinner.start(event.message);
      else spinner.stopAndPersist({ symbol: pc.green('✓'), text: done(event) });
    },
    end: () => void spinner.stop(),
  };
}
