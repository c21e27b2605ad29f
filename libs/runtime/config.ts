/**
 * Configuration from the environment, read once at start, checked whole, frozen.
 *
 * A service names the pieces that it needs, shared ones and its own; each piece is a zod schema over the environment. All
 * mistakes of all pieces are reported together, each with what to do, and no value of a secret.
 */
import type { z } from 'zod';
import { TwoWayError } from './errors.ts';
import { deepFreeze } from './freeze.ts';

/** One thing that is wrong with the environment. */
export interface ConfigProblem {
  /** Name of the variable. */
  readonly variable: string;
  /** What is wrong and what to do, without the value. */
  readonly message: string;
}

/** The environment is not usable. `message` lists every problem, one line each. */
export class ConfigError extends TwoWayError<'CONFIG_INVALID'> {
  /** Every problem found, in the order of the pieces. */
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ variable, message }) => `  ${variable}: ${message}`);
    const count = problems.length === 1 ? 'One setting is' : `${problems.length} settings are`;
    super('CONFIG_INVALID', `${count} wrong in the environment:\n${lines.join('\n')}`, {
      retriable: false,
      hint: 'Correct the variables named above and start again.',
    });
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** The environment: `process.env`, or anything like it. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Pieces by the name that they get in the configuration. */
export type ConfigPieces = Readonly<Record<string, z.ZodType>>;

/** What {@link loadConfig} gives for these pieces. */
export type ConfigOf<Pieces extends ConfigPieces> = { readonly [Name in keyof Pieces]: z.output<Pieces[Name]> };

/**
 * Reads and checks the environment.
 *
 * `loadConfig({ service: serviceConfig, kafka: kafkaConfig, own: z.object({ … }).transform(…) }, process.env)`
 *
 * A variable that is set to nothing counts as not set, because compose files and shells pass empty ones on.
 * @throws ConfigError with every problem of every piece
 */
export function loadConfig<Pieces extends ConfigPieces>(pieces: Pieces, env: Env): ConfigOf<Pieces> {
  const given = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()]] : [])),
  );
  const config: Record<string, unknown> = {};
  const problems = new Map<string, ConfigProblem>();
  for (const [name, piece] of Object.entries(pieces)) {
    const result = piece.safeParse(given);
    if (result.success) {
      config[name] = result.data;
      continue;
    }
    for (const issue of result.error.issues) {
      const variable = issue.path.map(String).join('.') || name;
      const missing = issue.code === 'invalid_type' && !(variable in given);
      const message = missing ? `is not set. ${issue.message}` : issue.message;
      problems.set(`${variable} ${message}`, { variable, message });
    }
  }
  if (problems.size > 0) throw new ConfigError([...problems.values()]);
  return deepFreeze(config) as ConfigOf<Pieces>;
}
