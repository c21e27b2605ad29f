/** What of a workspace is kept over a restart, row by row, and how it is put back. */
import type { Fault } from './faults.ts';
import { findSet, wholeRow } from './prospect/schema.ts';
import { setSwitch } from './switches.ts';
import { isObject, type Row } from './types.ts';
import { putContact, putCustomer, putSalesperson, type UnleashedPart, unleashedParts } from './unleashed/state.ts';
import type { Workspace } from './workspace-state.ts';

/** One kept record; `row` undefined: it is gone. */
export type SavedRow = { readonly part: string; readonly key: string; readonly row: Row | undefined };

/** Rows touched since the last call, CRM tables as `crm.<Set>`, Unleashed as `unleashed.<part>`; empties the list. */
export function takeTouched(workspace: Workspace): SavedRow[] {
  const { crm, unleashed } = workspace;
  const rows: SavedRow[] = [];
  for (const mark of crm.touched) {
    const [set, key] = split(mark);
    const schema = findSet(set);
    if (schema) rows.push({ part: `crm.${set}`, key, row: crm.tables[schema.set].get(key) });
  }
  for (const mark of unleashed.touched) {
    const [part, key] = split(mark);
    rows.push({ part: `unleashed.${part}`, key, row: partOf(workspace, part as UnleashedPart).get(key) });
  }
  crm.touched.clear();
  unleashed.touched.clear();
  return rows;
}

function split(mark: string): [string, string] {
  const space = mark.indexOf(' ');
  return [mark.slice(0, space), mark.slice(space + 1)];
}

function partOf(workspace: Workspace, part: UnleashedPart): Map<string, Row> {
  return workspace.unleashed[part];
}

/** Counters, switches, faults and quota. */
export function savedMeta(workspace: Workspace): unknown {
  const { crm, unleashed } = workspace;
  return {
    lastKeys: crm.lastKeys,
    crmWrites: crm.writes,
    callTimes: crm.callTimes,
    tokens: crm.tokens,
    made: unleashed.made,
    writes: unleashed.writes,
    monthlyCalls: unleashed.monthlyCalls,
    quotaMonth: unleashed.quotaMonth,
    usedCalls: unleashed.usedCalls,
    switches: workspace.switches,
    faults: workspace.faults,
    faultCount: workspace.faultCount,
    dice: workspace.dice.state,
    deliveryIds: workspace.deliveryIds,
    deliveryCount: workspace.deliveryCount,
    eventCount: workspace.eventCount,
  };
}

type Meta = {
  lastKeys: Workspace['crm']['lastKeys'];
  crmWrites: number;
  callTimes: number[];
  tokens: Workspace['crm']['tokens'];
  made: number;
  writes: number;
  monthlyCalls: number;
  quotaMonth: string;
  usedCalls: number;
  switches: Record<string, Record<string, unknown>>;
  faults: Fault[];
  faultCount: number;
  dice: number;
  deliveryIds: number;
  deliveryCount: number;
  eventCount: number;
};

/**
 * Puts saved records, in the order in which they were first saved, into an empty workspace. Rows of the CRM are shown as they
 * are stored, so one that was saved with other properties gets those of today.
 */
export function restoreWorkspace(
  workspace: Workspace,
  rows: readonly { part: string; key: string; value: unknown }[],
): void {
  const { crm, unleashed } = workspace;
  for (const { part, key, value } of rows) {
    if (part === 'meta') restoreMeta(workspace, value as Meta);
    if (!isObject(value)) continue;
    const [side = '', name = ''] = part.split('.');
    const schema = side === 'crm' ? findSet(name) : undefined;
    if (schema) crm.tables[schema.set].set(key, wholeRow(schema, value));
    else if (name === 'customers') putCustomer(unleashed, value);
    else if (name === 'contacts') putContact(unleashed, value);
    else if (name === 'salespersons') putSalesperson(unleashed, value);
    else if (unleashedParts.includes(name as UnleashedPart)) unleashed[name as UnleashedPart].set(key, value);
  }
  crm.touched.clear();
  unleashed.touched.clear();
}

function restoreMeta(workspace: Workspace, meta: Meta): void {
  const { crm, unleashed } = workspace;
  Object.assign(crm.lastKeys, meta.lastKeys);
  crm.writes = meta.crmWrites;
  crm.callTimes = meta.callTimes;
  crm.tokens.splice(0, crm.tokens.length, ...meta.tokens);
  unleashed.made = meta.made;
  unleashed.writes = meta.writes;
  unleashed.monthlyCalls = meta.monthlyCalls;
  unleashed.quotaMonth = meta.quotaMonth;
  unleashed.usedCalls = meta.usedCalls;
  workspace.faults = meta.faults;
  workspace.faultCount = meta.faultCount;
  workspace.dice.state = meta.dice;
  workspace.deliveryIds = meta.deliveryIds;
  workspace.deliveryCount = meta.deliveryCount;
  workspace.eventCount = meta.eventCount;
  // A switch that no longer exists, or no longer has this setting, stays at its default.
  for (const [side, values] of Object.entries(meta.switches)) {
    for (const [name, value] of Object.entries(values)) setSwitch(workspace.switches, side, name, value);
  }
}
