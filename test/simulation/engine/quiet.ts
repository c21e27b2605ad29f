/** Metrics that nobody reads, and logs that a story may show. */
import type { Log } from '#runtime';

function nothing(): unknown {
  const callable = (): unknown => quiet;
  const quiet: unknown = new Proxy(callable, { get: () => quiet, apply: () => undefined });
  return quiet;
}

/** Metrics of any service: whatever is asked of them, they do nothing. */
export function quietMetrics<T>(): T {
  return nothing() as T;
}

/** A log whose lines of some weight are told to somebody. */
export function tellingLog(tell: (level: string, line: object, text: string) => void): Log {
  const at = (level: string) => (first: object | string, text?: string) =>
    typeof first === 'string' ? tell(level, {}, first) : tell(level, first, text ?? '');
  const ignore = (): void => undefined;
  const log = {
    trace: ignore,
    debug: ignore,
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    child: () => log,
  };
  return log as unknown as Log;
}
