import { html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import { LightElement } from '../lib/light-element.js';
import { textOf } from '../lib/words.js';

/** Parts of an Unleashed address. */
const parts = /** @type {const} */ ([
  ['StreetAddress', 'Street', ''],
  ['StreetAddress2', 'Street, second line', ''],
  ['Suburb', 'Suburb', 'half'],
  ['City', 'City', 'half'],
  ['Region', 'Region', 'half'],
  ['PostalCode', 'Postal code', 'half'],
  ['Country', 'Country', ''],
]);
const types = ['Postal', 'Physical', 'Shipping'];
let made = 0;

/** The addresses of an Unleashed customer, which are written as one list. Fires `edited` with the new list. */
class AddressEditor extends LightElement {
  static properties = { value: { attribute: false } };

  constructor() {
    super();
    /** @type {Record<string, unknown>[]} */
    this.value = [];
    made += 1;
    this.idPrefix = `address-${made}`;
  }

  /** @param {Record<string, unknown>[]} list */
  edited(list) {
    this.dispatchEvent(new CustomEvent('edited', { detail: list }));
  }

  /** @param {number} at @param {Record<string, unknown>} fields */
  change(at, fields) {
    this.edited(this.value.map((address, index) => (index === at ? { ...address, ...fields } : address)));
  }

  /** @param {number} at */
  makeDefault(at) {
    this.edited(this.value.map((address, index) => ({ ...address, IsDefault: index === at })));
  }

  add() {
    const isFirst = this.value.length === 0;
    const name = `Address ${this.value.length + 1}`;
    this.edited([...this.value, { AddressType: 'Physical', AddressName: isFirst ? 'Main' : name, IsDefault: isFirst }]);
  }

  render() {
    return html`
      ${this.value.length === 0 ? html`<p class="nothing">No address yet.</p>` : nothing}
      ${this.value.map((address, at) => this.renderAddress(address, at))}
      <button type="button" class="plain" @click=${this.add}>Add an address</button>
    `;
  }

  /** @param {Record<string, unknown>} address @param {number} at */
  renderAddress(address, at) {
    const isDefault = address.IsDefault === true;
    const name = textOf(address.AddressName) || `Address ${at + 1}`;
    const id = `${this.idPrefix}-${at}`;
    return html`
      <section class="address" aria-label=${name}>
        <p class="address-head">
          <strong>${name}</strong>
          <label>
            <span class="visually-hidden">Type of ${name}</span>
            <select @change=${(/** @type {any} */ event) => this.change(at, { AddressType: event.target.value })}>
              ${types.map((type) => html`<option .selected=${live(type === address.AddressType)}>${type}</option>`)}
            </select>
          </label>
          ${
            isDefault
              ? html`<em class="state">Default</em>`
              : html`<button type="button" class="plain" @click=${() => this.makeDefault(at)}>Make default</button>
                  <button type="button" class="plain" aria-label="Remove ${name}" @click=${() => this.edited(this.value.filter((_, index) => index !== at))}>Remove</button>`
          }
        </p>
        <div class="fields">
          ${parts.map(
            ([part, label, size]) => html`
              <div class="field ${size}">
                <label for="${id}-${part}">${label}</label>
                <input
                  id="${id}-${part}"
                  autocomplete="off"
                  .value=${live(textOf(address[part]))}
                  @input=${(/** @type {any} */ event) => this.change(at, { [part]: event.target.value || null })}
                />
              </div>
            `,
          )}
        </div>
      </section>
    `;
  }
}

customElements.define('address-editor', AddressEditor);
