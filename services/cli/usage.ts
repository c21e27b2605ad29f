/** Mistakes in the words of a command: told like every other error, with the place where help is, and as JSON when asked. */
import { type Command, CommanderError } from 'commander';

/** A command is used wrongly. */
export class UsageError extends Error {
  readonly code = 'USAGE';
  readonly retriable = false;
  /** What to do about it, one sentence. */
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = 'UsageError';
    this.hint = hint;
  }
}

/** What the library throws after it printed what was asked for, such as help. */
const PRINTED = ['commander.help', 'commander.helpDisplayed', 'commander.version'];

/** Makes a command, and all under it, throw UsageError instead of writing and ending the process. */
export function throwMistakes(command: Command): void {
  command.configureOutput({ outputError: () => undefined });
  command.exitOverride((error) => {
    if (PRINTED.includes(error.code)) throw error;
    const message = error.message.replace(/^error: /, '');
    throw new UsageError(
      `${message.charAt(0).toUpperCase()}${message.slice(1).trimEnd()}`,
      `See: ${wordsOf(command)} --help`,
    );
  });
  for (const one of command.commands) throwMistakes(one);
}

/** Exit code when the library has printed what was asked for; undefined for any other error. */
export function exitCodeOfPrinted(error: unknown): number | undefined {
  return error instanceof CommanderError && PRINTED.includes(error.code) ? error.exitCode : undefined;
}

function wordsOf(command: Command): string {
  return command.parent === null ? command.name() : `${wordsOf(command.parent)} ${command.name()}`;
}
