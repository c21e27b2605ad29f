import pc from 'picocolors';
import type { ProgressEvent } from '#local-stack';

/** Shows progress to whoever waits. */
export interface Progress {
  /** Takes the next event. */
  show: (event: ProgressEvent) => void;
  /** Clears what is only of the moment. */
  end: () => void;
}

/**
 * Progress on a terminal: what is done stays as a line, what is under way is one line that changes. On anything else
 * (a file, a CI log) plain lines.
 *
 * @param out usually stderr, so that stdout holds the result only
 */
export function createProgress(out: NodeJS.WriteStream): Progress {
  const isTerminal = out.isTTY === true;
  const clear = (): void => {
    if (isTerminal) out.write('\r\x1b[K');
  };
  return {
    show: ({ phase, message, tookMs }) => {
      const took = tookMs === undefined ? '' : pc.dim(` (${(tookMs / 1000).toFixed(1)} s)`);
      if (phase === 'working') {
        if (isTerminal) out.write(`\r\x1b[K… ${message.slice(0, (out.columns ?? 80) - 3)}`);
        else out.write(`… ${message}\n`);
        return;
      }
      clear();
      out.write(`${pc.green('✓')} ${message}${phase === 'reused' ? pc.dim(' (was running)') : took}\n`);
    },
    end: clear,
  };
}
