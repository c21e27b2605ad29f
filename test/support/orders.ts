/** Orders commands of a sink and waits for their outcomes. */
import { type Command, linkKey, type Outcome, type Side } from '#contracts';
import type { Kit } from './api-kit.ts';
import { commandWith } from './records.ts';
import { until } from './until.ts';

/** Tenant that commands are for unless they say otherwise. */
export const TENANT = 'tenant-001';
/** How long something may take that must happen. */
export const EVENTUALLY = { timeoutMs: 20_000 };

/** A record of the sandbox's control API. */
export type Row = Record<string, unknown>;

let count = 0;

/** What a test needs to give orders to the sink of a side. */
export function createOrders(kit: Kit, side: Side) {
  const order = async (changes: Partial<Command>): Promise<Command> => {
    count += 1;
    const linkId = changes.linkId ?? `link-${count}`;
    const tenantId = changes.tenantId ?? TENANT;
    const command = commandWith({
      commandId: `${tenantId}/company/${linkId}#${count}`,
      tenantId,
      side,
      linkId,
      issuedAtMs: Date.now(),
      deadlineMs: Date.now() + 60_000,
      ...changes,
    });
    await kit.send(`sync.command.${side}.v1`, tenantId, linkKey(tenantId, command.entity, linkId), command);
    return command;
  };
  const outcomeOf = (command: Command): Promise<Outcome> => {
    const mine = () => kit.records('sync.outcome.v1').find((outcome) => outcome.commandId === command.commandId);
    return until(mine, { ...EVENTUALLY, what: `the outcome of ${command.commandId}` });
  };
  return {
    order,
    outcomeOf,
    carryOut: async (changes: Partial<Command>) => outcomeOf(await order(changes)),
    items: async (path: string) => (await kit.look(`/tenants/${path}`)).items as Row[],
    contact: (id: unknown) => kit.look(`/tenants/${TENANT}/crm/contacts/${String(id)}`),
    fault: ({ tenantId = TENANT, ...body }: Row) =>
      kit.control('POST', `/tenants/${String(tenantId)}/faults`, { side, ...body }),
  };
}

/** Takes a record that no other test of the file has. */
export function next(rows: Row[]): Row {
  const row = rows.pop();
  if (row === undefined) throw new Error('no record left');
  return row;
}

/** Fields of a command. */
export const fields = (...entries: [field: string, expected: string, value: string][]) =>
  entries.map(([field, expected, value]) => ({ field, expected, value, source: value }));

/** What became of each field: the result, and the code if it says more. */
export const results = (outcome: Outcome) =>
  Object.fromEntries(
    outcome.fields.map(({ field, result, code }) => [field, code === 'ok' ? result : `${result} ${code}`]),
  );

/** What an outcome shows, by field. */
export const shown = (outcome: Outcome) =>
  Object.fromEntries((outcome.shown ?? []).map(({ field, value }) => [field, value]));
