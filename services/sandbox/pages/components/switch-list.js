import { html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import { call } from '../lib/api.js';
import { LightElement } from '../lib/light-element.js';

/**
 * @typedef {string | number | boolean} Value
 * @typedef {{ fact: string, doc: string, initial: Value, kind: 'choice' | 'range', settings: Value[] }} Definition
 * @typedef {Record<'crm' | 'unleashed', Record<string, Value>>} Values
 */

/** The switches for what the two APIs leave open, of one tenant. */
class SwitchList extends LightElement {
  static properties = {
    tenant: { attribute: false },
    tenants: { attribute: false },
    definitions: { state: true },
    values: { state: true },
    search: { state: true },
    say: { state: true },
  };

  constructor() {
    super();
    this.tenant = '';
    /** @type {{ id: string, name: string }[]} */
    this.tenants = [];
    /** @type {Record<'crm' | 'unleashed', Record<string, Definition>> | undefined} */
    this.definitions = undefined;
    /** @type {Values | undefined} */
    this.values = undefined;
    this.search = '';
    this.say = { text: '', tone: '' };
  }

  /** Whose settings are shown: with all tenants chosen those of the first. */
  get shownTenant() {
    return this.tenant || this.tenants[0]?.id || '';
  }

  /** @param {Map<PropertyKey, unknown>} changed */
  willUpdate(changed) {
    if ((changed.has('tenant') || changed.has('tenants')) && this.shownTenant !== '') void this.load();
  }

  async load() {
    try {
      const [definitions, values] = await Promise.all([
        call('GET', 'switches'),
        call('GET', `tenants/${encodeURIComponent(this.shownTenant)}/switches`),
      ]);
      this.definitions = /** @type {Record<'crm' | 'unleashed', Record<string, Definition>>} */ (definitions);
      this.values = /** @type {Values} */ (values);
    } catch (error) {
      this.say = { text: /** @type {Error} */ (error).message, tone: 'trouble' };
    }
  }

  /** @param {'crm' | 'unleashed'} side @param {string} name @param {Value} value */
  async set(side, name, value) {
    try {
      const path = `tenants/${this.tenant === '' ? '*' : encodeURIComponent(this.tenant)}/switches`;
      this.values = /** @type {Values} */ (await call('PATCH', path, { [side]: { [name]: value } }));
      this.say = { text: `${name} is ${value} for ${this.tenant || 'all tenants'}.`, tone: 'good' };
    } catch (error) {
      this.say = { text: /** @type {Error} */ (error).message, tone: 'trouble' };
      this.requestUpdate();
    }
  }

  render() {
    return html`
      <section aria-label="Switches">
        <div class="bar">
          <h1>Switches</h1>
          <label>
            <span class="visually-hidden">Search switches</span>
            <input
              type="search"
              placeholder="Search switches"
              @input=${(/** @type {any} */ event) => {
                this.search = event.target.value.toLowerCase();
              }}
            />
          </label>
        </div>
        <p class="nothing">
          What the documentation of the two APIs leaves open.
          ${this.tenant === '' ? html`Set here for all tenants; shown as ${this.shownTenant} has them.` : nothing}
        </p>
        <p class=${this.say.tone} role="status">${this.say.text}</p>
        ${this.renderSide('crm', 'Prospect CRM')} ${this.renderSide('unleashed', 'Unleashed')}
      </section>
    `;
  }

  /** @param {'crm' | 'unleashed'} side @param {string} title */
  renderSide(side, title) {
    const shown = Object.entries(this.definitions?.[side] ?? {}).filter(([name, { doc, fact }]) =>
      `${name} ${doc} ${fact}`.toLowerCase().includes(this.search),
    );
    return html`
      <h2><span class="badge ${side}">${title}</span></h2>
      <ul class="switches">
        ${shown.map(([name, definition]) => this.renderSwitch(side, name, definition))}
      </ul>
      ${this.definitions && shown.length === 0 ? html`<p class="nothing">None holds “${this.search}”.</p>` : nothing}
    `;
  }

  /** @param {'crm' | 'unleashed'} side @param {string} name @param {Definition} definition */
  renderSwitch(side, name, { fact, doc, initial, kind, settings }) {
    const value = this.values?.[side][name] ?? initial;
    const id = `switch-${side}-${name}`;
    return html`
      <li class=${value === initial ? '' : 'moved'}>
        <label for=${id}>${name}</label>
        ${
          kind === 'range'
            ? html`<input id=${id} type="number" aria-describedby="${id}-doc" min=${settings[0]} max=${settings[1]} .value=${live(String(value))} @change=${(/** @type {any} */ event) => this.set(side, name, event.target.valueAsNumber)} />`
            : html`<select id=${id} aria-describedby="${id}-doc" @change=${(/** @type {any} */ event) => this.set(side, name, /** @type {Value} */ (settings[event.target.selectedIndex]))}>
                ${settings.map((setting) => html`<option .selected=${live(setting === value)}>${setting}</option>`)}
              </select>`
        }
        <p id="${id}-doc">
          ${doc} <small>Fact ${fact}.${value === initial ? '' : ` Default: ${initial}.`}</small>
          ${
            value === initial
              ? nothing
              : html`<button type="button" class="plain" @click=${() => this.set(side, name, initial)}>Back to default</button>`
          }
        </p>
      </li>
    `;
  }
}

customElements.define('switch-list', SwitchList);
