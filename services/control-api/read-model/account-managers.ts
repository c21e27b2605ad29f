/** The list that a drop-down of account managers offers, and who is left out of it and why (row 11 of the mission). */
import { createTenantState, fromRecord, peopleOf, reasonOf } from '#sync-core';
import type { AccountManagersAnswer } from './answers.ts';
import { peopleLinks } from './neighbourhood.ts';
import type { Asked } from './question.ts';

/**
 * The users of the CRM. While account managers are synced, one without a matching sales person is left out; while they are
 * not, all who may be account manager in the CRM are offered.
 */
export async function listAccountManagers(asked: Asked): Promise<AccountManagersAnswer> {
  const { connection, codec, tenant, setting, lanes } = asked;
  const links = await peopleLinks(connection, codec, tenant);
  const people = peopleOf(createTenantState(tenant.id, { links: [...links], setting, lanes: [...lanes] }));
  const isSynced = setting?.enabled === true && setting.accountManagers;
  const users = links.flatMap((record) => {
    const { crm, fields } = fromRecord(record);
    if (crm === null) return [];
    const shown = (name: string): string => fields.find(({ field }) => field === name)?.crm ?? '';
    const counterpart = people.unleashedOf(crm.id);
    const stopped = counterpart === null ? people.whyAlone('crm', crm.id) : counterpart.reason;
    const own = crm.active ? null : crm.inactiveReason;
    const user = { userCode: crm.id, name: shown('name'), email: shown('email') };
    return [{ user, salespersonId: counterpart?.id ?? null, reason: isSynced ? (own ?? stopped) : own }];
  });
  const sorted = users.sort((a, b) => (orderOf(a.user) < orderOf(b.user) ? -1 : 1));
  return {
    synced: isSynced,
    offered: sorted
      .filter(({ reason }) => reason === null)
      .map(({ user, salespersonId }) => ({ ...user, salespersonId })),
    leftOut: sorted.flatMap(({ user, reason }) => (reason === null ? [] : [{ ...user, reason, ...reasonOf(reason) }])),
  };
}

function orderOf({ name, userCode }: { name: string; userCode: string }): string {
  return `${name.toLowerCase()} ${userCode}`;
}
