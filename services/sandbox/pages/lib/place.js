/** What a page shows, kept in its address so that it can be shared, reloaded and gone back from. */

/**
 * @typedef {{ collection: string, id: string }} Place Collection of a side and the open record: '' none, 'new' a new one.
 */

/** @param {import('./api.js').Side} side @returns {Place} */
export function placeOf(side) {
  const [collection = '', ...rest] = (new URLSearchParams(location.search).get(side) ?? '').split('/');
  return { collection: collection === '' ? 'companies' : collection, id: rest.join('/') };
}

/**
 * Address of this page with another place on one side.
 * @param {import('./api.js').Side} side
 * @param {Place} place
 */
export function hrefOf(side, { collection, id }) {
  const query = new URLSearchParams(location.search);
  query.set(side, id === '' ? collection : `${collection}/${id}`);
  return `${location.pathname}?${query}`;
}

/** @param {string} tenant @returns {string} Query for another page with the same tenant. */
export function tenantQuery(tenant) {
  return tenant === '' ? '' : `?${new URLSearchParams({ tenant })}`;
}
