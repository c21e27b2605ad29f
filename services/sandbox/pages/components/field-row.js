import { html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import { listRecords } from '../lib/api.js';
import { LightElement } from '../lib/light-element.js';
import { ago, authors, textOf } from '../lib/words.js';
import './address-editor.js';
import './record-picker.js';

/** Records offered in a drop-down at most. */
const choicesAtMost = 1000;
let made = 0;

/** One field: its label, its input, and a line for complaints and for what changed underneath. */
class FieldRow extends LightElement {
  static properties = {
    side: { attribute: false },
    tenant: { attribute: false },
    field: { attribute: false },
    value: { attribute: false },
    stored: { attribute: false },
    under: { attribute: false },
    isContested: { attribute: false },
    complaint: { attribute: false },
    choices: { state: true },
  };

  constructor() {
    super();
    /** @type {import('../lib/api.js').Side} */
    this.side = 'crm';
    this.tenant = '';
    /** @type {import('../lib/catalog.js').Field} */
    this.field = { path: '', label: '' };
    /** @type {unknown} */
    this.value = '';
    /** @type {unknown} */
    this.stored = '';
    /** @type {import('../lib/feed.js').Change | undefined} */
    this.under = undefined;
    this.isContested = false;
    this.complaint = '';
    /** @type {readonly { value: string, label: string }[]} */
    this.choices = [];
    made += 1;
    this.inputId = `field-${made}`;
  }

  /** @param {Map<PropertyKey, unknown>} changed */
  willUpdate(changed) {
    if (changed.has('field') && this.field.type === 'choice') void this.loadChoices();
  }

  async loadChoices() {
    const { from, choices } = this.field;
    this.choices = choices ?? [];
    if (!from) return;
    const place = { tenant: this.tenant, side: this.side, collection: from.collection };
    const { items } = await listRecords(place, { limit: choicesAtMost }).catch(() => ({ items: [] }));
    const found = items
      .filter((row) => from.keep?.(row) !== false)
      .map((row) => ({ value: row.Id, label: `${from.nameOf(row)}${row.Obsolete === true ? ' – obsolete' : ''}` }));
    this.choices = [{ value: '', label: from.blank ?? 'None' }, ...found];
  }

  /** @param {unknown} value */
  typed(value) {
    this.dispatchEvent(new CustomEvent('typed', { detail: value }));
  }

  /** Words under the input: a complaint, or what changed. */
  get hint() {
    const { under } = this;
    if (this.complaint !== '') return this.complaint;
    if (!under) return '';
    const by = `${authors[under.by]} ${ago(under.receivedMs, Date.now())}`;
    if (!this.isContested) return `Changed by ${by}`;
    if (this.field.type === 'addresses') return `Changed by ${by} as well`;
    const stored = this.choices.find(({ value }) => value === this.stored)?.label ?? textOf(this.stored);
    return stored === '' ? 'Emptied underneath' : `Now “${stored}”`;
  }

  render() {
    const { field, inputId } = this;
    const tone = this.complaint !== '' ? 'trouble' : this.isContested ? 'contested' : this.under ? 'news' : '';
    const isGroup = field.type === 'addresses';
    return html`
      <div class="field ${tone} ${field.type ?? 'text'}">
        ${isGroup ? nothing : html`<label for=${inputId}>${field.label}${field.required ? html`<span class="needed" aria-hidden="true"> *</span>` : nothing}</label>`}
        ${this.renderInput()}
        <small id="${inputId}-hint" class="hint"
          ><span>${this.hint}</span>${
            this.isContested
              ? html`<button type="button" class="plain" @click=${() => this.dispatchEvent(new CustomEvent('giveup'))}>
                  Use that
                </button>`
              : nothing
          }</small
        >
      </div>
    `;
  }

  renderInput() {
    const { field, inputId, value } = this;
    const invalid = this.complaint === '' ? nothing : 'true';
    const described = `${inputId}-hint`;
    /** @param {any} event */
    const typed = (event) => this.typed(event.target.value);
    switch (field.type) {
      case 'addresses':
        return html`<address-editor .value=${value} @typed=${(/** @type {CustomEvent} */ event) => event.stopPropagation()} @edited=${(/** @type {CustomEvent} */ { detail }) => this.typed(detail)}></address-editor>`;
      case 'bool':
        return html`<input id=${inputId} type="checkbox" aria-describedby=${described} .checked=${live(value === true)} @change=${(/** @type {any} */ event) => this.typed(event.target.checked)} />`;
      case 'long':
        return html`<textarea id=${inputId} rows="3" aria-describedby=${described} aria-invalid=${invalid} .value=${live(textOf(value))} @input=${typed}></textarea>`;
      case 'record':
        return html`<record-picker .inputId=${inputId} .side=${this.side} .tenant=${this.tenant} .from=${field.from} .value=${textOf(value)} .isInvalid=${this.complaint !== ''} @picked=${(/** @type {CustomEvent} */ { detail }) => this.typed(detail)}></record-picker>`;
      case 'choice':
        return html`
          <select id=${inputId} aria-describedby=${described} aria-invalid=${invalid} @change=${typed}>
            ${this.offered().map(
              (choice) =>
                html`<option value=${choice.value} .selected=${live(choice.value === textOf(value))}>${choice.label}</option>`,
            )}
          </select>
        `;
      default:
        return html`<input id=${inputId} type=${field.type === 'tel' || field.type === 'email' ? field.type : 'text'} inputmode=${field.type === 'url' ? 'url' : nothing} autocomplete="off" spellcheck="false" aria-required=${field.required ? 'true' : nothing} aria-describedby=${described} aria-invalid=${invalid} .value=${live(textOf(value))} @input=${typed} />`;
    }
  }

  /** The choices, with the present value among them even if it is not offered. */
  offered() {
    const value = textOf(this.value);
    if (this.choices.some((choice) => choice.value === value)) return this.choices;
    return [{ value, label: value === '' ? 'None' : value }, ...this.choices];
  }
}

customElements.define('field-row', FieldRow);
