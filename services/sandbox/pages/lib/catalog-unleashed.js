import { dayOf, textOf, valueAt } from './words.js';

/** @typedef {import('./catalog.js').Collection} Collection @typedef {import('./catalog.js').Row} Row */

/** @param {string} path @returns {(row: Row) => string} */
const at = (path) => (row) => textOf(valueAt(row, path));
/** @param {Row} row */
const obsoleteState = (row) => (row.Obsolete === true ? 'Obsolete' : '');
/** @param {Row} row @returns {import('./catalog.js').Action} */
const obsoleteOrActive = (row) =>
  row.Obsolete === true
    ? { label: 'Make active', sure: '', does: { Obsolete: false } }
    : { label: 'Make obsolete', sure: '', does: { Obsolete: true } };
/** @param {readonly string[]} values */
const codes = (values) => [{ value: '', label: 'None' }, ...values.map((value) => ({ value, label: value }))];

/** The address that counts as the main one. @param {Row} row @returns {Record<string, unknown>} */
const mainAddress = (row) => {
  const all = Array.isArray(row.Addresses) ? row.Addresses : [];
  return all.find((address) => address.IsDefault === true) ?? all[0] ?? {};
};

/** What Unleashed's page shows. @type {readonly Collection[]} */
export const unleashedCollections = [
  {
    key: 'companies',
    entity: 'company',
    title: 'Customers',
    one: 'customer',
    sort: 'CustomerCode',
    recent: '-LastModifiedOn',
    nameOf: (row) => textOf(row.CustomerName) || textOf(row.CustomerCode),
    aboutOf: (row) => textOf(row.CustomerCode),
    stateOf: obsoleteState,
    changedOf: (row) => dayOf(row.LastModifiedOn),
    columns: [
      { label: 'Phone', of: at('PhoneNumber') },
      { label: 'City', of: (row) => textOf(mainAddress(row).City) },
      { label: 'Sales person', kind: 'wide', of: at('SalesPerson.FullName') },
    ],
    sections: [
      {
        title: 'Customer',
        fields: [
          { path: 'CustomerCode', label: 'Customer code', required: true, onlyNew: true, half: true },
          {
            path: 'CustomerType',
            label: 'Type',
            type: 'choice',
            half: true,
            choices: codes(['Retail', 'Wholesale', 'Distributor', 'Online']),
          },
          { path: 'CustomerName', label: 'Customer name', required: true },
          { path: 'PhoneNumber', label: 'Phone number', type: 'tel', half: true },
          { path: 'Website', label: 'Website', type: 'url', half: true },
          {
            path: 'SalesPerson.Guid',
            label: 'Sales person',
            type: 'choice',
            from: { collection: 'salespersons', blank: 'None', nameOf: (row) => textOf(row.FullName) },
            toFields: (value) => ({ SalesPerson: value ? { Guid: value } : null }),
          },
          { path: 'Notes', label: 'Notes', type: 'long' },
        ],
      },
      { title: 'Addresses', fields: [{ path: 'Addresses', label: 'Addresses', type: 'addresses' }] },
    ],
    actionsOf: (row) => [
      obsoleteOrActive(row),
      {
        label: 'Delete',
        sure: 'Delete this customer and its contacts for good? Nothing brings them back.',
        does: 'delete',
        danger: true,
      },
    ],
    canAdd: true,
    children: { collection: 'contacts', title: 'Contacts', field: 'CustomerGuid', keyOf: (row) => row.Guid },
  },
  {
    key: 'contacts',
    entity: 'contact',
    title: 'Contacts',
    one: 'contact',
    sort: 'LastName',
    nameOf: (row) =>
      [row.FirstName, row.LastName].map(textOf).filter(Boolean).join(' ') || textOf(row.EmailAddress) || 'No name',
    aboutOf: (row) => textOf(row.CustomerName),
    stateOf: () => '',
    changedOf: () => '',
    columns: [
      { label: 'E-mail', of: at('EmailAddress') },
      { label: 'Phone', of: (row) => textOf(row.PhoneNumber) || textOf(row.MobilePhone) },
      { label: 'Default', kind: 'wide', of: (row) => (row.IsDefault === true ? 'Yes' : '') },
    ],
    sections: [
      {
        title: 'Contact',
        fields: [
          {
            path: 'CustomerGuid',
            label: 'Customer',
            type: 'record',
            required: true,
            onlyNew: true,
            from: { collection: 'companies', nameOf: (row) => textOf(row.CustomerName) },
          },
          { path: 'FirstName', label: 'First name', half: true },
          { path: 'LastName', label: 'Last name', half: true },
          { path: 'EmailAddress', label: 'E-mail address', type: 'email' },
          { path: 'PhoneNumber', label: 'Phone number', type: 'tel', half: true },
          { path: 'MobilePhone', label: 'Mobile phone', type: 'tel', half: true },
          { path: 'FaxNumber', label: 'Fax number', type: 'tel', half: true },
          { path: 'OfficePhone', label: 'Office phone', type: 'tel', half: true },
          { path: 'IsDefault', label: 'Default contact of the customer', type: 'bool' },
        ],
      },
    ],
    actionsOf: () => [{ label: 'Delete', sure: 'Delete this contact for good?', does: 'delete', danger: true }],
    canAdd: true,
    parent: { collection: 'companies', idOf: (row) => textOf(row.CustomerGuid) },
  },
  {
    key: 'salespersons',
    entity: 'salesperson',
    title: 'Sales people',
    one: 'sales person',
    sort: 'FullName',
    nameOf: (row) => textOf(row.FullName),
    aboutOf: () => '',
    stateOf: obsoleteState,
    changedOf: (row) => dayOf(row.LastModifiedOn),
    columns: [{ label: 'E-mail', of: at('Email') }],
    sections: [
      {
        title: 'Sales person',
        fields: [
          { path: 'FullName', label: 'Full name', required: true },
          { path: 'Email', label: 'E-mail', type: 'email', required: true },
        ],
      },
    ],
    actionsOf: (row) => [obsoleteOrActive(row)],
    canAdd: true,
  },
];
