import { dayOf, textOf, valueAt } from './words.js';

/** @typedef {import('./catalog.js').Collection} Collection @typedef {import('./catalog.js').Row} Row */

/** @param {...unknown} parts */
const joined = (...parts) => parts.map(textOf).filter(Boolean).join(' ');
/** @param {string} path @returns {(row: Row) => string} */
const at = (path) => (row) => textOf(valueAt(row, path));
/** @param {Row} row */
const deletedState = (row) => (row.StatusFlag === 'D' ? 'Deleted' : '');
/** @param {Row} row */
const lastUpdated = (row) => dayOf(row.LastUpdatedTimestamp);
/** @param {string} one @returns {(row: Row) => import('./catalog.js').Action[]} */
const deleteOrRestore = (one) => (row) =>
  row.StatusFlag === 'D'
    ? [{ label: 'Restore', sure: '', does: { StatusFlag: 'A' } }]
    : [{ label: 'Delete', sure: `Delete this ${one}? It can be restored later.`, does: 'delete', danger: true }];

/** @param {string} prefix @returns {import('./catalog.js').Field[]} */
const addressFields = (prefix) => [
  { path: `${prefix}AddressLine1`, label: 'Address line 1' },
  { path: `${prefix}AddressLine2`, label: 'Address line 2' },
  { path: `${prefix}AddressLine3`, label: 'Town or city', half: true },
  { path: `${prefix}AddressLine4`, label: 'County or region', half: true },
  { path: `${prefix}AddressLine5`, label: 'Address line 5', half: true },
  { path: `${prefix}Postcode`, label: 'Postcode', half: true },
  { path: `${prefix}Country`, label: 'Country' },
];

const roles = [
  { value: 'MAIN', label: 'Main contact' },
  { value: 'BUYER', label: 'Buyer' },
  { value: 'ACCTS', label: 'Accounts' },
  { value: 'WHSE', label: 'Warehouse' },
];

/** @param {Row} user */
const userName = (user) => `${textOf(user.UserName)} (${textOf(user.UserCode)})`;

/** What the CRM's page shows. @type {readonly Collection[]} */
export const crmCollections = [
  {
    key: 'companies',
    entity: 'company',
    title: 'Companies',
    one: 'company',
    sort: 'Name',
    recent: '-LastUpdatedTimestamp',
    nameOf: (row) => textOf(row.Name) || `Company ${row.Id}`,
    aboutOf: (row) =>
      [valueAt(row, 'Address.AddressLine3'), valueAt(row, 'Address.Country')].map(textOf).filter(Boolean).join(', '),
    stateOf: deletedState,
    changedOf: lastUpdated,
    columns: [
      { label: 'Phone', of: at('PhoneNumber') },
      { label: 'Account manager', of: at('AccountManagerName') },
      { label: 'Account', kind: 'wide', of: (row) => textOf(row.SalesLedgerId) },
    ],
    sections: [
      {
        title: 'Company',
        fields: [
          { path: 'Name', label: 'Name', required: true },
          { path: 'PhoneNumber', label: 'Phone', type: 'tel', half: true },
          { path: 'Website', label: 'Website', type: 'url', half: true },
          {
            path: 'AccountManager',
            label: 'Account manager',
            type: 'choice',
            from: { collection: 'users', blank: 'Nobody', nameOf: userName, keep: (user) => user.SystemUser !== true },
          },
        ],
      },
      { title: 'Main address', fields: addressFields('Address.') },
    ],
    actionsOf: deleteOrRestore('company'),
    canAdd: true,
    children: { collection: 'contacts', title: 'People here', field: 'DivisionId', keyOf: (row) => row.DivisionId },
  },
  {
    key: 'contacts',
    entity: 'contact',
    title: 'Contacts',
    one: 'contact',
    sort: 'Surname',
    recent: '-LastUpdatedTimestamp',
    nameOf: (row) => joined(row.Forename, row.Surname) || textOf(row.Email) || `Contact ${row.Id}`,
    aboutOf: (row) => textOf(row.DivisionName),
    stateOf: deletedState,
    changedOf: lastUpdated,
    columns: [
      { label: 'E-mail', of: at('Email') },
      { label: 'Phone', of: (row) => textOf(row.PhoneNumber) || textOf(row.MobilePhoneNumber) },
      { label: 'Job', kind: 'wide', of: at('JobTitle') },
    ],
    sections: [
      {
        title: 'Person',
        fields: [
          {
            path: 'DivisionId',
            label: 'Company',
            type: 'record',
            required: true,
            onlyNew: true,
            number: true,
            from: { collection: 'companies', nameOf: (row) => textOf(row.Name) },
          },
          { path: 'Forename', label: 'First name', half: true },
          { path: 'Surname', label: 'Last name', half: true },
          { path: 'Email', label: 'E-mail', type: 'email' },
          { path: 'PhoneNumber', label: 'Phone', type: 'tel', half: true },
          { path: 'MobilePhoneNumber', label: 'Mobile', type: 'tel', half: true },
          { path: 'Fax', label: 'Fax', type: 'tel', half: true },
          { path: 'JobTitle', label: 'Job title', half: true },
          { path: 'RoleCode', label: 'Role', type: 'choice', choices: roles },
        ],
      },
    ],
    actionsOf: deleteOrRestore('contact'),
    canAdd: true,
    parent: { collection: 'companies', idOf: (row) => textOf(row.DivisionId) },
  },
  {
    key: 'addresses',
    entity: 'address',
    title: 'Addresses',
    one: 'address',
    sort: 'AddressBlock',
    recent: '-LastUpdatedTimestamp',
    nameOf: (row) => textOf(row.AddressLine1) || textOf(row.AddressLine2) || 'Empty address',
    aboutOf: (row) => textOf(row.AddressLine1) && textOf(row.AddressLine2),
    stateOf: () => '',
    changedOf: lastUpdated,
    columns: [
      { label: 'Town', of: at('AddressLine3') },
      { label: 'Postcode', of: at('Postcode') },
      { label: 'Country', kind: 'wide', of: at('Country') },
    ],
    sections: [{ title: 'Address', fields: [...addressFields(''), { path: 'Description', label: 'Description' }] }],
    actionsOf: () => [],
    canAdd: true,
  },
  {
    key: 'users',
    entity: 'user',
    title: 'Users',
    one: 'user',
    sort: 'UserName',
    nameOf: (row) => textOf(row.UserName) || textOf(row.UserCode),
    aboutOf: (row) => textOf(row.JobTitle) || textOf(row.UserCode),
    stateOf: (row) => (row.Obsolete === true ? 'Obsolete' : ''),
    changedOf: lastUpdated,
    columns: [
      { label: 'Code', kind: 'code', of: at('UserCode') },
      { label: 'E-mail', of: at('EmailAddress') },
      { label: 'Phone', kind: 'wide', of: at('PhoneNumber') },
    ],
    sections: [
      {
        title: 'User',
        fields: [
          { path: 'UserCode', label: 'Code (3 letters)', required: true, onlyNew: true },
          { path: 'UserName', label: 'Name', required: true },
          { path: 'EmailAddress', label: 'E-mail', type: 'email' },
          { path: 'PhoneNumber', label: 'Phone', type: 'tel', half: true },
          { path: 'MobilePhoneNumber', label: 'Mobile', type: 'tel', half: true },
          { path: 'JobTitle', label: 'Job title' },
          { path: 'AccountsId', label: 'Id in Unleashed' },
        ],
      },
    ],
    actionsOf: (row) =>
      row.Obsolete === true
        ? [{ label: 'Make active', sure: '', does: { Obsolete: false } }]
        : [{ label: 'Make obsolete', sure: '', does: { Obsolete: true } }],
    canAdd: true,
  },
];
