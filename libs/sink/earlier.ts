/**
 * What a command that is delivered again says of the delivery before: a sink that was killed after it had sent a write never
 * answered for it, and the request may arrive after this one's.
 */
import type { Outcome } from '#contracts';
import type { CommandContext } from './context.ts';

/** Begins the write of a command, and notes whether an earlier delivery had begun it. Rejects as `beginWrite` does. */
export async function begin(context: CommandContext): Promise<void> {
  context.isRepeated = !(await context.ports.beginWrite(context.command.commandId));
}

/** The outcome, with whether the write of an earlier delivery may take effect yet. Rejects as `hasBegun` does. */
export async function withEarlier(context: CommandContext, answer: Outcome): Promise<Outcome> {
  const { command } = context;
  if (command.op !== 'update') return answer;
  return (await isOpen(context, answer)) ? { ...answer, mayComeLate: true } : answer;
}

async function isOpen({ command, ports, isRepeated }: CommandContext, answer: Outcome): Promise<boolean> {
  // What is there came by an earlier write, if there was one; where there were two, the other may yet come.
  if (isThere(answer)) return ports.hasBegunAgain(command.commandId);
  // Only one that finds something else there has to ask; as a rule a write was begun, or there was nothing to write.
  return isRepeated ?? ports.hasBegun(command.commandId);
}

/** Whether everything that was ordered was found to be there. */
function isThere({ fields }: Outcome): boolean {
  return fields.length > 0 && fields.every(({ result }) => result === 'already');
}
