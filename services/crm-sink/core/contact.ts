/** A contact as a target. */
import { CONTACT_FIELDS, type ContactField } from '#contracts';
import { CONTACT_PROPERTIES, contactValueProblem, contactValues, editedAtMs } from '#prospect-crm';
import type { JsonRecord } from '#runtime';
import type { FieldRefusal } from '#sink';
import { differingKeys } from './drift.ts';
import type { Context } from './ports.ts';
import { patchRow, readRow, type Target } from './target.ts';

const PROPERTIES: Record<ContactField, readonly string[]> = {
  firstName: [CONTACT_PROPERTIES.firstName],
  lastName: [CONTACT_PROPERTIES.lastName],
  email: [CONTACT_PROPERTIES.email],
  phone: [CONTACT_PROPERTIES.phone],
  mobile: [CONTACT_PROPERTIES.mobile],
  fax: [CONTACT_PROPERTIES.fax],
};

/** The contact that a command is about, or one that it made or found. */
export function contactTarget(context: Context, key: string): Target<ContactField> {
  return {
    fields: CONTACT_FIELDS,
    properties: PROPERTIES,
    async read() {
      const { record, readStartedAtMs } = await readRow(context, 'Contacts', key, []);
      return { record, values: contactValues(record), readStartedAtMs, sourceUpdatedAtMs: editedAtMs(record) };
    },
    refuse: (_seen, field, value) => refuseContactValue(field, value),
    rows: (fields) => (fields.length === 0 ? [] : [[...fields]]),
    write(_seen, changes) {
      const body: JsonRecord = {};
      for (const [field, value] of changes) body[CONTACT_PROPERTIES[field]] = value;
      return patchRow(context, 'Contacts', key, body);
    },
    drift(before, after, written) {
      return differingKeys(before.record, after.record, new Set(written.flatMap((field) => PROPERTIES[field])));
    },
  };
}

/** Why a value of a contact need not even be tried; null when it may. */
export function refuseContactValue(field: ContactField, value: string): FieldRefusal | null {
  const problem = contactValueProblem(field, value);
  return problem === null ? null : { code: 'too-long', message: problem };
}
