import { html, nothing } from 'lit';
import { hrefOf } from '../lib/place.js';

/**
 * State of a record and a few words about it; for a contact a link to its company.
 * @param {import('../lib/api.js').Side} side
 * @param {import('../lib/catalog.js').Collection} collection
 * @param {import('../lib/api.js').Row} record
 * @param {(place: import('../lib/place.js').Place) => void} open
 */
export function renderAbout(side, { stateOf, aboutOf, parent }, record, open) {
  const state = stateOf(record);
  const place = parent && { collection: parent.collection, id: parent.idOf(record) };
  /** @param {MouseEvent} event */
  const follow = (event) => {
    if (!place || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(place);
  };
  return html`
    ${state ? html`<em class="state">${state}</em>` : nothing}
    ${place ? html`<a href=${hrefOf(side, place)} @click=${follow}>${aboutOf(record)}</a>` : aboutOf(record)}
  `;
}
