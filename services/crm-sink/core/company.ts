/** A company as a target: a Division, and its address, which is a row of its own (fact P3). */
import { COMPANY_FIELDS, type CompanyField, parseCrmAddress } from '#contracts';
import {
  ADDRESS_PROPERTIES,
  addressBody,
  COMPANY_EXPAND,
  COMPANY_PROPERTIES,
  companyValueProblem,
  companyValues,
  editedAtMs,
} from '#prospect-crm';
import { childOf, type JsonRecord, textOf } from '#runtime';
import { differingKeys } from './drift.ts';
import type { Context } from './ports.ts';
import { patchRow, readRow, type Target } from './target.ts';

const PROPERTIES: Record<CompanyField, readonly string[]> = {
  name: [COMPANY_PROPERTIES.name],
  phone: [COMPANY_PROPERTIES.phone],
  website: [COMPANY_PROPERTIES.website],
  accountManager: [COMPANY_PROPERTIES.accountManager],
  address: ADDRESS_PROPERTIES,
};

/** The company that a command is about. */
export function companyTarget(context: Context): Target<CompanyField> {
  const key = context.command.targetId;
  return {
    fields: COMPANY_FIELDS,
    properties: PROPERTIES,
    async read() {
      const { record, readStartedAtMs } = await readRow(context, 'Divisions', key, COMPANY_EXPAND);
      return { record, values: companyValues(record), readStartedAtMs, sourceUpdatedAtMs: editedAtMs(record) };
    },
    refuse(seen, field, value) {
      const problem = companyValueProblem(field, value);
      if (problem !== null) return { code: 'too-long', message: problem };
      if (field === 'name' && value.trim() === '')
        return { code: 'invalid-value', message: 'a company without a name' };
      const hasNoRow = field === 'address' && textOf(seen.record, 'AddressId') === '';
      return hasNoRow ? { code: 'address-missing', message: 'the company has no address row' } : null;
    },
    rows(fields) {
      const own = fields.filter((field) => field !== 'address');
      const rows: CompanyField[][] = own.length === 0 ? [] : [own];
      return fields.includes('address') ? [...rows, ['address']] : rows;
    },
    async write(seen, changes) {
      const address = changes.get('address');
      if (address !== undefined) {
        return patchRow(context, 'Addresses', textOf(seen.record, 'AddressId'), addressBody(parseCrmAddress(address)));
      }
      const body: JsonRecord = {};
      for (const [field, value] of changes) if (field !== 'address') body[COMPANY_PROPERTIES[field]] = value;
      return patchRow(context, 'Divisions', key, body);
    },
    drift(before, after, written) {
      const keys = new Set(written.flatMap((field) => PROPERTIES[field]));
      const address = differingKeys(childOf(before.record, 'Address'), childOf(after.record, 'Address'), keys);
      return [
        ...differingKeys(before.record, after.record, new Set([...keys, 'Address', 'SalesLedger'])),
        ...address.map((name) => `Address/${name}`),
      ];
    },
  };
}
