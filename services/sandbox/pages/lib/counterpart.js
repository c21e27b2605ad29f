/** Finds the record that stands for the same company or contact in the other system. */
import { getRecord, listRecords } from './api.js';
import { textOf, valueAt } from './words.js';

/**
 * @param {string} tenant
 * @param {{ side: import('./api.js').Side, collection: string, id: string }} place
 * @returns {Promise<{ side: import('./api.js').Side, collection: string, id: string } | undefined>} undefined: none
 */
export async function counterpartOf(tenant, { side, collection, id }) {
  if (collection !== 'companies' && collection !== 'contacts') return undefined;
  const otherSide = side === 'crm' ? 'unleashed' : 'crm';
  const other = { tenant, side: /** @type {import('./api.js').Side} */ (otherSide), collection };
  if (side === 'unleashed') {
    // In the CRM the GUID of Unleashed stands in the ledger of a company, or in the contact itself.
    const { items } = await listRecords(other, { search: id, limit: 10 });
    const found = items.find((row) => guidOf(collection, row) === id);
    return found && { side: other.side, collection, id: found.Id };
  }
  const row = await getRecord({ tenant, side, collection }, id);
  const guid = row ? guidOf(collection, row) : '';
  const found = guid === '' ? undefined : await getRecord(other, guid);
  return found && { side: other.side, collection, id: found.Id };
}

/** The GUID in Unleashed of a CRM record, '' for none. @param {string} collection @param {import('./api.js').Row} row */
function guidOf(collection, row) {
  if (collection === 'companies') return textOf(valueAt(row, 'SalesLedger.AccountsId'));
  return textOf(row.AccountsId) || /^unleashed:(.+)$/.exec(textOf(row.AlternateReference))?.[1] || '';
}
