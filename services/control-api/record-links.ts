/** Where people open a record in the two systems' own pages. */
import type { Tenant } from '#contracts';
import type { RecordAnswer } from './read-model/answers.ts';

/** What each side calls a record. */
const ENTITIES = {
  crm: { company: 'Division', contact: 'Contact' },
  unleashed: { company: 'Customer', contact: 'Contact' },
} as const;

/** Fills a record into the addresses that the tenant's configuration gives; null where it is not, or without an address. */
export function linksOf(
  tenant: Pick<Tenant, 'prospectRecordUrl' | 'unleashedRecordUrl'>,
  record: Pick<RecordAnswer, 'entity' | 'crm' | 'unleashed'>,
): RecordAnswer['links'] {
  const fill = (template: string, side: 'crm' | 'unleashed'): string | null => {
    const half = record[side];
    if (half === null || template === '') return null;
    const values: Readonly<Record<string, string>> = {
      entity: ENTITIES[side][record.entity],
      kind: record.entity === 'company' ? 'companies' : 'contacts',
      id: half.id,
      parentId: half.parentId,
      code: half.code,
    };
    return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
  };
  return { crm: fill(tenant.prospectRecordUrl, 'crm'), unleashed: fill(tenant.unleashedRecordUrl, 'unleashed') };
}
