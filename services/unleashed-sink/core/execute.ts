/**
 * Carries out one command and gives its one outcome. No clock, no network, no store of its own: everything comes through the
 * ports, so that the same code runs in the service and in a simulation.
 */
import type { Command, Outcome } from '#contracts';
import { circumstancesOf, closedBy, messageOf, outcome, verdictOf, verdictParts, withEarlier } from '#sink';
import { isGuid } from '#unleashed';
import { companyTarget } from './company.ts';
import { contactTarget } from './contact.ts';
import { createContact } from './create-contact.ts';
import type { Context, SinkPorts } from './ports.ts';
import { settleBegun, update } from './update.ts';

/**
 * Executes a command. A repeated delivery is safe: what is written already is found to be so. Rejects only with what no
 * table knows (a fault of our own, or of the stores behind the ports); the command is then to be delivered again.
 */
export async function execute(command: Command, ports: SinkPorts): Promise<Outcome> {
  const startedAtMs = ports.now();
  const context: Context = { command, ports, startedAtMs, calls: 0, purpose: command.priority };
  const answer = await withEarlier(context, await carryOut(context));
  if (answer.shown !== null && answer.shownReadStartedAtMs !== null) {
    const kind = command.entity === 'company' ? 'customer' : 'contact';
    await ports.noteShown(kind, answer.targetId, answer.shownReadStartedAtMs);
  }
  return answer;
}

async function carryOut(context: Context): Promise<Outcome> {
  const { command, ports } = context;
  const wrong = whatIsWrong(command);
  if (wrong !== null) return outcome(context, { result: 'refused', code: 'command-invalid', message: wrong });
  const closed = closedBy(command, ports.setting(), ports.now());
  if (closed !== null && !(await ports.hasBegun(command.commandId))) {
    return outcome(context, { result: 'superseded', code: closed });
  }
  try {
    if (command.op === 'create') return await createContact(context, closed !== null);
    const act = closed === null ? update : settleBegun;
    return await (command.entity === 'company'
      ? act(context, companyTarget(context))
      : act(context, contactTarget(context)));
  } catch (error) {
    return outcome(context, verdictParts(verdictOf(error, circumstancesOf(context, 'read')), messageOf(error)));
  }
}

/** What makes a command one that cannot be carried out here; null when nothing does. */
function whatIsWrong(command: Command): string | null {
  if (command.side !== 'unleashed') return `a command for ${command.side}`;
  if (command.entity !== 'company' && command.entity !== 'contact') return `no such entity: ${command.entity}`;
  if (!['update', 'create', 'read'].includes(command.op)) return `no such operation: ${command.op}`;
  if (command.op === 'create' && command.entity === 'company') return 'companies are not made in Unleashed';
  if (!isGuid(command.targetId)) return 'targetId is no GUID';
  if (command.entity === 'contact' && !isGuid(command.parentId)) return 'parentId is no GUID';
  return null;
}
