import { diskFullError, isDiskFull, LocalStackError, OTHER_WAYS } from './errors.ts';
import type { PartPlan } from './parts.ts';

/**
 * What the end of a server means, by the last lines of its log.
 *
 * @param message what to say when they say nothing that is known
 * @returns an error with the code DISK_FULL, PORT_TAKEN, PLATFORM_UNSUPPORTED or else CHILD_DIED
 */
export function explainEnd(
  plan: Pick<PartPlan, 'name' | 'ports' | 'cwd' | 'logFile'>,
  tail: readonly string[],
  message: string,
  cause?: unknown,
): LocalStackError {
  if (isDiskFull(cause ?? '') || tail.some(isDiskFull)) return diskFullError(plan.cwd, cause);
  if (tail.some((line) => /address already in use|failed to bind|port .* already bound|BindException/i.test(line))) {
    return new LocalStackError('PORT_TAKEN', `Port ${plan.ports.client}, meant for ${plan.name}, is in use.`, {
      hint: `End the program that uses it, or choose another port for ${plan.name}.`,
      cause,
      logTail: tail,
    });
  }
  // The Redis server of the archive is linked to OpenSSL 3, which nearly every system has, but not every one.
  const library = tail.map((line) => /error while loading shared libraries: ([^\s:]+)/.exec(line)?.[1]).find(Boolean);
  if (library !== undefined) {
    return new LocalStackError(
      'PLATFORM_UNSUPPORTED',
      `${plan.name} needs the library ${library}, which this machine does not have.`,
      { hint: `Install it (on Debian and Ubuntu the package libssl3), ${OTHER_WAYS}.`, cause, logTail: tail },
    );
  }
  return new LocalStackError('CHILD_DIED', message, {
    hint: `Start again; if it ends again, see ${plan.logFile}, or "npm run stack -- reset" to begin with empty servers.`,
    cause,
    logTail: tail,
  });
}
