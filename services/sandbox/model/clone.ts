/** Copies of a workspace. Rows are never altered in place, so a copy shares them and costs a few maps only. */
import { createDice } from './random.ts';
import type { Workspace } from './workspace-state.ts';

/**
 * A copy that shares nothing that changes.
 * @param seed seed of the copy's chance; the ids it makes stay those of the original's seed
 */
export function cloneWorkspace(workspace: Workspace, seed: string): Workspace {
  const { crm, unleashed } = workspace;
  const tables = Object.entries(crm.tables).map(([set, rows]) => [set, new Map(rows)]);
  const lists = [...unleashed.contactsOf].map(([guid, list]): [string, string[]] => [guid, [...list]]);
  return {
    ...workspace,
    crm: {
      ...crm,
      tables: Object.fromEntries(tables) as typeof crm.tables,
      lastKeys: { ...crm.lastKeys },
      callTimes: [...crm.callTimes],
      tokens: crm.tokens.map((token) => ({ ...token })),
      touched: new Set(crm.touched),
    },
    unleashed: {
      ...unleashed,
      customers: new Map(unleashed.customers),
      contacts: new Map(unleashed.contacts),
      contactsOf: new Map(lists),
      codes: new Map(unleashed.codes),
      salespersons: new Map(unleashed.salespersons),
      subscriptions: new Map(unleashed.subscriptions),
      callTimes: [...unleashed.callTimes],
      touched: new Set(unleashed.touched),
    },
    switches: { crm: { ...workspace.switches.crm }, unleashed: { ...workspace.switches.unleashed } },
    faults: workspace.faults.map((fault) => ({ ...fault })),
    dice: createDice(seed),
    outbox: new Map([...workspace.outbox].map(([id, delivery]) => [id, { ...delivery }])),
    held: [...workspace.held],
  };
}
