import { html, nothing } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { hrefOf } from '../lib/place.js';
import { ago, authors, colourOf, deeds, initialsOf } from '../lib/words.js';

/** Colours of the round pictures with initials. */
const colours = 6;

/**
 * One row of a list. The last column has room for what just happened, so that a note moves nothing.
 * @param {object} given
 * @param {import('../lib/api.js').Side} given.side
 * @param {import('../lib/catalog.js').Collection} given.collection
 * @param {import('../lib/api.js').Row} given.row
 * @param {boolean} given.isOpen
 * @param {import('../lib/feed.js').Change | undefined} given.note
 * @param {number} given.nowMs
 * @param {() => void} given.open
 */
export function renderRow({ side, collection, row, isOpen, note, nowMs, open }) {
  const name = collection.nameOf(row);
  const state = note?.action === 'delete' && collection.stateOf(row) === '' ? 'Deleted' : collection.stateOf(row);
  /** @param {MouseEvent} event */
  const clicked = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  };
  const classes = [note ? `flash-${note.seq % 2}` : '', state ? 'gone' : '', isOpen ? 'open' : ''].join(' ');
  return html`
    <tr class=${classes} @click=${clicked}>
      <th scope="row">
        <span class="who">
          <span class="initials c${colourOf(row.Id, colours)}" aria-hidden="true">${initialsOf(name)}</span>
          <span class="names">
            <a
              data-id=${row.Id}
              href=${hrefOf(side, { collection: collection.key, id: row.Id })}
              aria-current=${isOpen ? 'true' : nothing}
              >${name}</a
            >
            <small>${state ? html`<em class="state">${state}</em> ` : nothing}${collection.aboutOf(row)}</small>
          </span>
        </span>
      </th>
      ${collection.columns.map(
        ({ label, kind, of }) => html`<td class=${kind ?? ''} data-label=${label}>${of(row)}</td>`,
      )}
      <td class="changed">
        ${
          note
            ? keyed(
                note.seq,
                html`<span class="note">${deeds[note.action]} by ${authors[note.by]} ${ago(note.receivedMs, nowMs)}</span>`,
              )
            : collection.changedOf(row)
        }
      </td>
    </tr>
  `;
}
