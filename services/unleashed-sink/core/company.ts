/** A company: a customer of Unleashed, updated by the safe way over its allow-list (facts U6.5, section 5). */
import { COMPANY_FIELDS, type CompanyField, parseUnleashedAddress, type ShownField } from '#contracts';
import type { JsonRecord } from '#runtime';
import type { FieldRefusal, Seen } from '#sink';
import {
  COMPANY_ERROR_KEYS,
  type CompanyValues,
  CUSTOMER_NAME_CHARACTERS,
  companyBody,
  companyValues,
  customerDrift,
  defaultContactValues,
  isAddressWritable,
  parseDateMs,
} from '#unleashed';
import type { Context } from './ports.ts';
import type { Target } from './target.ts';

/** The customer that a command is about. */
export function companyTarget(context: Context): Target<CompanyField> {
  const { command, ports } = context;
  const guid = command.targetId;
  const seenAs = (record: JsonRecord, readStartedAtMs: number): Seen<CompanyField> => ({
    record,
    values: companyValues(record),
    readStartedAtMs,
    sourceUpdatedAtMs: parseDateMs(record.LastModifiedOn),
  });
  return {
    kind: 'customer',
    guid,
    parentGuid: '',
    fields: COMPANY_FIELDS,
    errorKeys: COMPANY_ERROR_KEYS,
    async read() {
      context.calls += 1;
      const { record, readStartedAtMs } = await ports.api.getCustomer(guid, { purpose: context.purpose });
      return seenAs(record, readStartedAtMs);
    },
    refuse: refuseCompany,
    async write(seen, changes, guard) {
      context.calls += 1;
      const body = companyBody(seen.record, changes);
      const answered = await ports.api.postCustomer(guid, body, { purpose: context.purpose, guard });
      // A note that cannot be made costs the connector a look; the write stands.
      await ports.noteWrite(guid).catch(() => undefined);
      return answered === null ? null : seenAs(answered, ports.now());
    },
    carriesOfOthers: ({ record }) =>
      Object.entries(defaultContactValues(record)).map(([field, value]) => ({ field, value }) as ShownField),
    drift: (before, after, written) => customerDrift(before.record, after.record, written),
  };
}

function refuseCompany(seen: Seen<CompanyField>, changes: Partial<CompanyValues>): Map<CompanyField, FieldRefusal> {
  const refused = new Map<CompanyField, FieldRefusal>();
  const { name, address } = changes;
  if (name !== undefined && name.trim() === '') {
    refused.set('name', { code: 'invalid-value', message: 'Unleashed needs a name.' });
  } else if (name !== undefined && name.length > CUSTOMER_NAME_CHARACTERS) {
    refused.set('name', { code: 'too-long', message: `More than ${CUSTOMER_NAME_CHARACTERS} characters.` });
  }
  if (address !== undefined && !isAddressWritable(seen.record)) {
    refused.set('address', { code: 'address-ambiguous', message: 'Two addresses claim to be the main one.' });
  } else if (address !== undefined && !isAddress(address)) {
    refused.set('address', { code: 'invalid-value', message: 'Not an address.' });
  }
  return refused;
}

function isAddress(value: string): boolean {
  try {
    parseUnleashedAddress(value);
    return true;
  } catch {
    return false;
  }
}
