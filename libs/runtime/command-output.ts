/**
 * The output of a command that hands out a secret, such as `vault kv get …`. It runs without a shell, so that nothing in it is
 * ever interpreted, with a deadline and a limit on its output. What it prints appears in no error.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { RuntimeError } from './errors.ts';

/** A program and its arguments. */
export type CommandLine = readonly [string, ...string[]];

/** Longest run, milliseconds. */
export const COMMAND_TIMEOUT_MS = 10_000;
/** Longest output, bytes. */
export const COMMAND_BYTES_MAX = 64 * 1024;
/** How long an answer is good for, milliseconds: every service asks again when it looks at the tenants after that. */
const COMMAND_AGE_MAX_MS = 10 * 60_000;
/** Commands whose answers are kept. */
const ANSWERS_MAX = 10_000;

/**
 * Runs a command and gives what it printed, without white space around it.
 * @throws RuntimeError COMMAND_FAILED when it cannot be started, fails, takes too long, or prints nothing or too much
 */
export function commandOutput(command: CommandLine, timeoutMs: number = COMMAND_TIMEOUT_MS): Promise<string> {
  const [program, ...args] = command;
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      const hint =
        'Run it by hand as the same user: it must print the secret, and nothing else, to its standard output.';
      reject(new RuntimeError('COMMAND_FAILED', `The command ${program} ${why}.`, { hint }));
    };
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: COMMAND_BYTES_MAX, shell: false } as const;
    execFile(program, args, options, (error, stdout) => {
      const text = stdout.trim();
      if (error === null) return text === '' ? fail('printed nothing') : resolve(text);
      if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
        return fail(`printed more than ${COMMAND_BYTES_MAX} bytes`);
      if (error.killed === true) return fail(`took longer than ${timeoutMs} ms`);
      fail(
        typeof error.code === 'number'
          ? `ended with exit code ${error.code}`
          : `cannot be run (${error.code ?? error.signal})`,
      );
    }).stdin?.end();
  });
}

/** Answers of commands, each asked once and then kept for a while. */
export interface CommandAnswers {
  /** As {@link commandOutput}. */
  ask(command: CommandLine): Promise<string>;
  /** True when an answer that was given is old enough to be asked for again. */
  stale(): boolean;
  /** Forgets all. */
  forget(): void;
}

/** Makes an empty collection. */
export function createCommandAnswers(options: { ageMaxMs?: number; nowMs?: () => number } = {}): CommandAnswers {
  const { ageMaxMs = COMMAND_AGE_MAX_MS, nowMs = () => performance.now() } = options;
  const answers = new Map<string, { readonly atMs: number; readonly output: Promise<string> }>();
  const isOld = ({ atMs }: { atMs: number }): boolean => nowMs() - atMs >= ageMaxMs;
  return {
    ask(command) {
      const key = createHash('sha256').update(JSON.stringify(command)).digest('base64');
      const known = answers.get(key);
      if (known !== undefined && !isOld(known)) return known.output;
      if (answers.size >= ANSWERS_MAX) answers.clear();
      const output = commandOutput(command);
      answers.set(key, { atMs: nowMs(), output });
      // What failed is asked again next time.
      output.catch(() => answers.delete(key));
      return output;
    },
    stale: () => [...answers.values()].some(isOld),
    forget: () => answers.clear(),
  };
}
