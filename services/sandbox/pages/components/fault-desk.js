import { html, nothing } from 'lit';
import { call } from '../lib/api.js';
import { faultKinds } from '../lib/faults.js';
import { LightElement } from '../lib/light-element.js';

/** The list is read again after this time, ms: faults end by themselves. */
const againMs = 2_000;

/**
 * @typedef {object} Fault
 * @property {string} id
 * @property {string} tenant
 * @property {import('../lib/api.js').Side} side
 * @property {string} kind
 * @property {number} probability
 * @property {number | null} remaining
 * @property {number | null} untilMs
 * @property {string[]} methods
 * @property {string} path
 * @property {number} status
 * @property {number} delayMs
 */

/** Faults in force, and ordering more. */
class FaultDesk extends LightElement {
  static properties = {
    tenant: { attribute: false },
    tenants: { attribute: false },
    faults: { state: true },
    kind: { state: true },
    say: { state: true },
  };

  constructor() {
    super();
    this.tenant = '';
    /** @type {{ id: string, name: string }[]} */
    this.tenants = [];
    /** @type {Fault[]} */
    this.faults = [];
    this.kind = 'error';
    this.say = { text: '', tone: '' };
  }

  connectedCallback() {
    super.connectedCallback();
    this.timer = setInterval(() => void this.load(), againMs);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  /** @param {Map<PropertyKey, unknown>} changed */
  willUpdate(changed) {
    if (changed.has('tenant')) void this.load();
  }

  async load() {
    try {
      this.faults = /** @type {Fault[]} */ (await call('GET', `tenants/${this.tenant || '*'}/faults`));
      if (this.say.tone === 'lost') this.say = { text: '', tone: '' };
    } catch (error) {
      this.say = { text: /** @type {Error} */ (error).message, tone: 'lost' };
    }
  }

  /** @param {string} text @param {() => Promise<unknown>} deed */
  async doing(text, deed) {
    try {
      await deed();
      this.say = { text, tone: 'good' };
    } catch (error) {
      this.say = { text: /** @type {Error} */ (error).message, tone: 'trouble' };
    }
    await this.load();
  }

  /** @param {SubmitEvent} event */
  async order(event) {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const text = (/** @type {string} */ name) => String(form.get(name) ?? '').trim();
    /** @type {Record<string, unknown>} */
    const body = { side: text('side'), kind: this.kind };
    if (text('percent') !== '') body.probability = Number(text('percent')) / 100;
    for (const name of ['remaining', 'seconds']) if (text(name) !== '') body[name] = Number(text(name));
    if (text('methods') !== '') body.methods = [text('methods')];
    if (text('path') !== '') body.path = text('path');
    for (const { name, kind } of this.details) {
      if (kind === 'bool') body[name] = form.get(name) !== null;
      else if (text(name) !== '') body[name] = kind === 'number' ? Number(text(name)) : text(name);
    }
    await this.doing('Ordered.', () => call('POST', `tenants/${text('tenant')}/faults`, body));
  }

  get details() {
    return faultKinds.find(({ kind }) => kind === this.kind)?.details ?? [];
  }

  render() {
    return html`
      <section aria-label="Faults">
        <div class="bar"><h1>Faults in force <span class="count">${this.faults.length}</span></h1>
          ${
            this.faults.length > 0
              ? html`<button
                  type="button"
                  class="secondary"
                  @click=${() => this.doing('All removed.', () => call('DELETE', `tenants/${this.tenant || '*'}/faults`))}
                >
                  Remove all
                </button>`
              : nothing
          }
        </div>
        <p class=${this.say.tone === 'good' ? 'good' : 'trouble'} role="status">${this.say.text}</p>
        ${this.faults.length === 0 ? html`<p class="nothing">None: both APIs work as they should.</p>` : nothing}
        <ul class="faults">
          ${this.faults.map((fault) => this.renderFault(fault))}
        </ul>
        ${this.renderForm()}
      </section>
    `;
  }

  /** @param {Fault} fault */
  renderFault({ id, tenant, side, kind, probability, remaining, untilMs, methods, path }) {
    const label = faultKinds.find((each) => each.kind === kind)?.label ?? kind;
    const limits = [
      probability < 1 ? `${Math.round(probability * 100)} % of calls` : 'every call',
      methods.length > 0 ? methods.join(', ') : '',
      path === '' ? '' : `with “${path}”`,
      remaining === null ? '' : `${remaining} more`,
      untilMs === null ? '' : `${Math.max(0, Math.round((untilMs - Date.now()) / 1000))} s left`,
    ];
    return html`
      <li>
        <span class="badge ${side}">${side === 'crm' ? 'CRM' : 'Unleashed'}</span>
        <strong>${label}</strong>
        <small>${tenant}; ${limits.filter(Boolean).join('; ')}</small>
        <button
          type="button"
          class="secondary"
          aria-label="Remove: ${label}, ${tenant}"
          @click=${() => this.doing('Removed.', () => call('DELETE', `tenants/${tenant}/faults/${encodeURIComponent(id)}`))}
        >
          Remove
        </button>
      </li>
    `;
  }

  renderForm() {
    return html`
      <form class="order" @submit=${this.order}>
        <h2>Order a fault</h2>
        <div class="grid-fields">
          <label>
            Tenant
            <select name="tenant">
              <option value="*" ?selected=${this.tenant === ''}>All tenants</option>
              ${this.tenants.map(({ id, name }) => html`<option value=${id} ?selected=${id === this.tenant}>${name}</option>`)}
            </select>
          </label>
          <label>
            System
            <select name="side">
              <option value="crm">CRM</option>
              <option value="unleashed">Unleashed</option>
            </select>
          </label>
          <label class="span">
            What happens
            <select
              name="kind"
              @change=${(/** @type {any} */ event) => {
                this.kind = event.target.value;
              }}
            >
              ${faultKinds.map(({ kind, label }) => html`<option value=${kind} ?selected=${kind === this.kind}>${label}</option>`)}
            </select>
          </label>
          ${this.details.map(({ name, label, initial, kind }) =>
            kind === 'bool'
              ? html`<label class="check"><input type="checkbox" name=${name} /> ${label}</label>`
              : html`<label>${label}<input name=${name} value=${initial} inputmode=${kind === 'number' ? 'numeric' : 'text'} autocomplete="off" /></label>`,
          )}
          <label>Chance, %<input name="percent" inputmode="decimal" placeholder="100" autocomplete="off" /></label>
          <label>Only so many times<input name="remaining" inputmode="numeric" placeholder="no limit" autocomplete="off" /></label>
          <label>For seconds<input name="seconds" inputmode="numeric" placeholder="until removed" autocomplete="off" /></label>
          <label>
            Only method
            <select name="methods">
              <option value="">Any</option>
              ${['GET', 'POST', 'PATCH', 'PUT', 'DELETE'].map((method) => html`<option>${method}</option>`)}
            </select>
          </label>
          <label>Only calls that hold<input name="path" placeholder="part of path or query" autocomplete="off" /></label>
        </div>
        <button type="submit">Order</button>
      </form>
    `;
  }
}

customElements.define('fault-desk', FaultDesk);
