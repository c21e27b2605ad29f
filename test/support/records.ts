/** Records that tests give orders with: whole, ordinary, and changed where a test says so. */
import type { Command, Setting } from '#contracts';
import { defaultSetting } from '../../libs/sync-core/settings.ts';

/** An update of a company in the CRM; `changes` replace its parts. */
export function commandWith(changes: Partial<Command>): Command {
  return {
    commandId: 't1/company/l1#1',
    tenantId: 't1',
    side: 'crm',
    entity: 'company',
    linkId: 'l1',
    op: 'update',
    targetId: '',
    parentId: '',
    marker: '',
    notThese: [],
    roleCode: '',
    fields: [],
    settingVersion: 1,
    priority: 'live',
    issuedAtMs: 0,
    deadlineMs: 10_000_000,
    attempt: 1,
    ...changes,
  };
}

/** The settings of a tenant that syncs everything; `changes` replace their parts. */
export function settingWith(changes: Partial<Setting>): Setting {
  return {
    ...defaultSetting('t1'),
    ...{ version: 1, enabled: true, accountManagers: true, addresses: true, changedBy: 'test' },
    timeZone: 'Pacific/Auckland',
    ...changes,
  };
}
