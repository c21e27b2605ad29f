/** What each system's page shows of each collection, and how it is edited. */
import { crmCollections } from './catalog-crm.js';
import { unleashedCollections } from './catalog-unleashed.js';

/**
 * @typedef {import('./api.js').Row} Row
 *
 * @typedef {object} Field
 * @property {string} path name of the field, with dots into objects
 * @property {string} label
 * @property {'text' | 'email' | 'tel' | 'url' | 'long' | 'bool' | 'choice' | 'record' | 'addresses'} [type] default text
 * @property {boolean} [required]
 * @property {boolean} [half] shares its line with another
 * @property {boolean} [onlyNew] can be set when a record is made and never again
 * @property {{ collection: string, blank?: string, nameOf: (row: Row) => string, keep?: (row: Row) => boolean }} [from]
 *   records to choose from
 * @property {readonly { value: string, label: string }[]} [choices]
 * @property {boolean} [number] sent as a number
 * @property {(value: unknown) => Record<string, unknown>} [toFields] what to send, when it is not the path itself
 *
 * @typedef {{ label: string, kind?: 'name' | 'code' | 'wide', of: (row: Row) => string }} Column
 *
 * @typedef {object} Action
 * @property {string} label
 * @property {string} sure question that is asked first; '' for none
 * @property {Record<string, unknown> | 'delete'} does fields to set, or the record is deleted
 * @property {boolean} [danger]
 *
 * @typedef {object} Collection
 * @property {string} key
 * @property {string} entity word of the change feed
 * @property {string} title
 * @property {string} one
 * @property {string} sort field by which it is sorted
 * @property {string} [recent] field by which the latest changed come first
 * @property {(row: Row) => string} nameOf
 * @property {(row: Row) => string} aboutOf a few words under the name
 * @property {(row: Row) => string} stateOf Deleted, Obsolete, or ''
 * @property {(row: Row) => string} changedOf day of the last change
 * @property {readonly Column[]} columns
 * @property {readonly { title: string, fields: readonly Field[] }[]} sections
 * @property {(row: Row) => readonly Action[]} actionsOf
 * @property {boolean} canAdd
 * @property {{ collection: string, idOf: (row: Row) => string }} [parent] company that a record hangs on
 * @property {{ collection: string, title: string, field: string, keyOf: (row: Row) => unknown }} [children]
 */

const catalogs = { crm: crmCollections, unleashed: unleashedCollections };

/** Words and marks of the two systems. */
export const systems = {
  crm: { name: 'Prospect CRM', short: 'CRM', tagline: 'Customers and the people in them' },
  unleashed: { name: 'Unleashed', short: 'Unleashed', tagline: 'Inventory and orders' },
};

/** @param {import('./api.js').Side} side @returns {readonly Collection[]} */
export function collectionsOf(side) {
  return catalogs[side];
}

/** @param {import('./api.js').Side} side @param {string} key @returns {Collection | undefined} */
export function findCollection(side, key) {
  return catalogs[side].find((each) => each.key === key);
}

/** @param {Collection} collection @returns {Field[]} All fields of a collection's form. */
export function fieldsOf(collection) {
  return collection.sections.flatMap(({ fields }) => fields);
}
