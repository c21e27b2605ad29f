import { html, nothing } from 'lit';
import { getRecord, listRecords } from '../lib/api.js';
import { findCollection } from '../lib/catalog.js';
import { LightElement } from '../lib/light-element.js';

/** Records offered at once. */
const offeredAtMost = 8;
/** Typing is over when nothing was typed for this long, ms. */
const searchDelayMs = 150;

/** Chooses one record of many by typing a part of its name. Fires `picked` with the id. */
class RecordPicker extends LightElement {
  static properties = {
    inputId: { attribute: false },
    side: { attribute: false },
    tenant: { attribute: false },
    from: { attribute: false },
    value: { attribute: false },
    isInvalid: { attribute: false },
    found: { state: true },
    text: { state: true },
    at: { state: true },
  };

  constructor() {
    super();
    this.inputId = '';
    /** @type {import('../lib/api.js').Side} */
    this.side = 'crm';
    this.tenant = '';
    /** @type {import('../lib/catalog.js').Field['from']} */
    this.from = undefined;
    this.value = '';
    this.isInvalid = false;
    /** What is offered; undefined: the list is shut. @type {import('../lib/api.js').Row[] | undefined} */
    this.found = undefined;
    this.text = '';
    this.at = 0;
    this.asked = 0;
  }

  get place() {
    return { tenant: this.tenant, side: this.side, collection: this.from?.collection ?? '' };
  }

  /** @param {Map<PropertyKey, unknown>} changed */
  willUpdate(changed) {
    if (changed.has('value') && this.value !== '' && this.text === '') void this.showName();
  }

  async showName() {
    const row = await getRecord(this.place, this.value).catch(() => undefined);
    if (row) this.text = this.from?.nameOf(row) ?? '';
  }

  /** @param {string} text */
  search(text) {
    this.text = text;
    if (this.value !== '') this.picked('');
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.look(), searchDelayMs);
  }

  async look() {
    this.asked += 1;
    const { asked } = this;
    const sort = findCollection(this.side, this.place.collection)?.sort ?? '';
    const { items } = await listRecords(this.place, { search: this.text, sort, limit: offeredAtMost }).catch(() => ({
      items: [],
    }));
    if (asked !== this.asked) return;
    this.found = items;
    this.at = 0;
  }

  /** @param {string} id */
  picked(id) {
    this.dispatchEvent(new CustomEvent('picked', { detail: id }));
  }

  /** @param {import('../lib/api.js').Row | undefined} row */
  pick(row) {
    if (!row) return;
    this.asked += 1;
    this.text = this.from?.nameOf(row) ?? '';
    this.found = undefined;
    this.picked(row.Id);
  }

  /** @param {KeyboardEvent} event */
  keyed(event) {
    if (!this.found) {
      if (event.key === 'ArrowDown') void this.look();
      return;
    }
    const last = this.found.length - 1;
    if (event.key === 'ArrowDown') this.at = Math.min(last, this.at + 1);
    else if (event.key === 'ArrowUp') this.at = Math.max(0, this.at - 1);
    else if (event.key === 'Enter') this.pick(this.found[this.at]);
    else if (event.key === 'Escape') this.found = undefined;
    else return;
    event.preventDefault();
  }

  render() {
    const listId = `${this.inputId}-list`;
    const isOpen = this.found !== undefined;
    return html`
      <div class="picker">
        <input
          id=${this.inputId}
          type="text"
          role="combobox"
          autocomplete="off"
          placeholder="Type a part of the name"
          aria-expanded=${isOpen ? 'true' : 'false'}
          aria-controls=${listId}
          aria-autocomplete="list"
          aria-describedby="${this.inputId}-hint"
          aria-activedescendant=${this.found?.[this.at] ? `${listId}-${this.at}` : nothing}
          aria-invalid=${this.isInvalid ? 'true' : nothing}
          .value=${this.text}
          @input=${(/** @type {any} */ event) => this.search(event.target.value)}
          @keydown=${this.keyed}
          @blur=${() => {
            this.asked += 1;
            this.found = undefined;
          }}
        />
        <ul id=${listId} role="listbox" aria-label="Found" ?hidden=${!isOpen}>
          ${this.found?.map(
            (row, index) => html`
              <li
                id="${listId}-${index}"
                role="option"
                aria-selected=${index === this.at ? 'true' : 'false'}
                @mousedown=${(/** @type {Event} */ event) => {
                  event.preventDefault();
                  this.pick(row);
                }}
              >
                ${this.from?.nameOf(row)}
              </li>
            `,
          )}
          ${this.found?.length === 0 ? html`<li role="option" aria-selected="false" aria-disabled="true">Nothing found</li>` : nothing}
        </ul>
      </div>
    `;
  }
}

customElements.define('record-picker', RecordPicker);
