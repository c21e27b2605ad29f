import { html } from 'lit';
import { call } from '../lib/api.js';
import { LightElement } from '../lib/light-element.js';
import { tenantQuery } from '../lib/place.js';
import './call-log.js';
import './fault-desk.js';
import './switch-list.js';

const views = /** @type {const} */ ([
  ['calls', 'Calls'],
  ['faults', 'Faults'],
  ['switches', 'Switches'],
]);

/** The page of the sandbox's operators: the log of calls, faults, switches. */
class OperatorPage extends LightElement {
  static properties = { tenants: { state: true }, problem: { state: true } };

  constructor() {
    super();
    /** @type {{ id: string, name: string }[]} */
    this.tenants = [];
    this.problem = '';
    this.restore = () => this.requestUpdate();
  }

  connectedCallback() {
    super.connectedCallback();
    window.addEventListener('popstate', this.restore);
    void this.load();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    window.removeEventListener('popstate', this.restore);
  }

  async load() {
    this.problem = '';
    try {
      this.tenants = /** @type {{ id: string, name: string }[]} */ (await call('GET', 'tenants'));
    } catch (error) {
      this.problem = /** @type {Error} */ (error).message;
    }
  }

  /** @param {Record<string, string>} values @returns {string} Address of this page with other values. */
  hrefWith(values) {
    const query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(values)) query.set(name, value);
    return `${location.pathname}?${query}`;
  }

  /** @param {string} href */
  goTo(href) {
    history.pushState(null, '', href);
    this.requestUpdate();
  }

  render() {
    const query = new URLSearchParams(location.search);
    const tenant = query.get('tenant') ?? '';
    const view = query.get('view') ?? 'calls';
    return html`
      <header class="strip">
        <a class="home" href="/${tenantQuery(tenant)}">Sandbox</a>
        <label class="tenant">
          <span>Tenant</span>
          <select
            @change=${(/** @type {any} */ event) => this.goTo(this.hrefWith({ tenant: event.target.value }))}
          >
            <option value="" ?selected=${tenant === ''}>All tenants</option>
            ${this.tenants.map(({ id, name }) => html`<option value=${id} ?selected=${id === tenant}>${name}</option>`)}
          </select>
        </label>
        <nav aria-label="Pages">
          <a href="/pages/crm${tenantQuery(tenant)}">CRM</a>
          <a href="/pages/unleashed${tenantQuery(tenant)}">Unleashed</a>
          <a href="/pages/both${tenantQuery(tenant)}">Side by side</a>
          <a href="/pages/operator" aria-current="page">Operator</a>
        </nav>
      </header>
      <main class="desk">
        <nav class="views" aria-label="Operator">
          ${views.map(
            ([key, label]) => html`
              <a
                href=${this.hrefWith({ view: key })}
                aria-current=${key === view ? 'page' : 'false'}
                @click=${(/** @type {MouseEvent} */ event) => {
                  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                  event.preventDefault();
                  this.goTo(this.hrefWith({ view: key }));
                }}
                >${label}</a
              >
            `,
          )}
        </nav>
        ${this.renderView(view, tenant)}
      </main>
    `;
  }

  /** @param {string} view @param {string} tenant */
  renderView(view, tenant) {
    if (this.problem !== '') {
      return html`
        <section class="message" role="alert">
          <p>${this.problem}</p>
          <button type="button" @click=${() => void this.load()}>Try again</button>
        </section>
      `;
    }
    if (view === 'faults') return html`<fault-desk .tenant=${tenant} .tenants=${this.tenants}></fault-desk>`;
    if (view === 'switches') return html`<switch-list .tenant=${tenant} .tenants=${this.tenants}></switch-list>`;
    return html`<call-log .tenant=${tenant}></call-log>`;
  }
}

customElements.define('operator-page', OperatorPage);
