import { html } from 'lit';
import { call } from '../lib/api.js';
import { systems } from '../lib/catalog.js';
import { counterpartOf } from '../lib/counterpart.js';
import { Feed } from '../lib/feed.js';
import { LightElement } from '../lib/light-element.js';
import { hrefOf, placeOf, tenantQuery } from '../lib/place.js';
import './live-light.js';
import './system-app.js';

/**
 * A page with one system, or both side by side: the tenant, the stream of changes, and what is open, all of which
 * stand in the page's address.
 */
class SystemPage extends LightElement {
  static properties = {
    sides: {},
    tenants: { state: true },
    tenant: { state: true },
    feed: { state: true },
    problem: { state: true },
    follow: { state: true },
  };

  constructor() {
    super();
    this.sides = 'crm';
    /** @type {{ id: string, name: string }[] | undefined} */
    this.tenants = undefined;
    this.tenant = '';
    /** @type {Feed | undefined} */
    this.feed = undefined;
    this.problem = '';
    this.follow = true;
    this.restore = () => this.readAddress();
    /** Leaving the page with something typed: the browser asks. @param {Event} event */
    this.leaving = (event) => {
      if (this.apps.some((app) => app.isTyping())) event.preventDefault();
    };
  }

  get shown() {
    return /** @type {import('../lib/api.js').Side[]} */ (this.sides.split(' '));
  }

  get apps() {
    return /** @type {import('./system-app.js').SystemApp[]} */ ([...this.querySelectorAll('system-app')]);
  }

  connectedCallback() {
    super.connectedCallback();
    window.addEventListener('popstate', this.restore);
    window.addEventListener('beforeunload', this.leaving);
    void this.load();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    window.removeEventListener('popstate', this.restore);
    window.removeEventListener('beforeunload', this.leaving);
    this.feed?.close();
  }

  async load() {
    this.problem = '';
    try {
      this.tenants = /** @type {{ id: string, name: string }[]} */ (await call('GET', 'tenants'));
      this.readAddress();
    } catch (error) {
      this.problem = /** @type {Error} */ (error).message;
    }
  }

  /** Takes tenant and open records from the page's address. */
  readAddress() {
    const asked = new URLSearchParams(location.search).get('tenant') ?? this.tenants?.[0]?.id ?? '';
    const known = this.tenants?.some(({ id }) => id === asked) === true;
    if (asked !== this.tenant || !this.feed) {
      this.feed?.close();
      this.feed = known ? new Feed(asked) : undefined;
    }
    this.tenant = asked;
    this.requestUpdate();
  }

  /** @param {string} href */
  goTo(href) {
    history.pushState(null, '', href);
    this.readAddress();
  }

  /** @param {Event} event */
  async pickTenant(event) {
    const select = /** @type {HTMLSelectElement} */ (event.target);
    const { value } = select;
    for (const app of this.apps) {
      if (await app.mayLeave()) continue;
      select.value = this.tenant;
      return;
    }
    this.goTo(`${location.pathname}${tenantQuery(value)}`);
  }

  /** @param {CustomEvent<{ side: import('../lib/api.js').Side, collection: string, id: string }>} event */
  async goToPlace({ detail }) {
    this.goTo(hrefOf(detail.side, detail));
    if (this.shown.length < 2 || !this.follow || detail.id === '' || detail.id === 'new') return;
    const other = await counterpartOf(this.tenant, detail).catch(() => undefined);
    const { collection, id } = placeOf(detail.side);
    // The person may have gone on, or may be typing over there.
    if (!other || collection !== detail.collection || id !== detail.id) return;
    if (this.apps.some((app) => app.side === other.side && app.isTyping())) return;
    history.replaceState(null, '', hrefOf(other.side, other));
    this.readAddress();
  }

  render() {
    return html`
      <header class="strip">
        <a class="home" href="/${tenantQuery(this.tenant)}">Sandbox</a>
        <label class="tenant">
          <span>Tenant</span>
          <select @change=${this.pickTenant} ?disabled=${!this.tenants}>
            ${this.tenants?.map(
              ({ id, name }) => html`<option value=${id} ?selected=${id === this.tenant}>${name}</option>`,
            )}
            ${
              this.tenants && !this.isKnown()
                ? html`<option value=${this.tenant} selected>${this.tenant} (unknown)</option>`
                : ''
            }
          </select>
        </label>
        ${this.shown.length > 1 ? this.renderFollow() : ''}
        <live-light .feed=${this.feed}></live-light>
        <nav aria-label="Pages">${this.renderLinks()}</nav>
      </header>
      <main class=${this.shown.length > 1 ? 'systems two' : 'systems'}>${this.renderMain()}</main>
    `;
  }

  isKnown() {
    return this.tenants?.some(({ id }) => id === this.tenant) === true;
  }

  renderFollow() {
    return html`
      <label class="follow">
        <input
          type="checkbox"
          role="switch"
          .checked=${this.follow}
          @change=${(/** @type {any} */ event) => {
            this.follow = event.target.checked;
          }}
        />
        Open the same record on both sides
      </label>
    `;
  }

  renderLinks() {
    const query = tenantQuery(this.tenant);
    const links = /** @type {const} */ ([
      ['crm', 'CRM'],
      ['unleashed', 'Unleashed'],
      ['both', 'Side by side'],
      ['operator', 'Operator'],
    ]);
    return links.map(
      ([page, label]) =>
        html`<a href="/pages/${page}${query}" aria-current=${location.pathname === `/pages/${page}` ? 'page' : 'false'}
          >${label}</a
        >`,
    );
  }

  renderMain() {
    if (this.problem !== '') {
      return html`
        <section class="message" role="alert">
          <h1>Nothing to show yet</h1>
          <p>${this.problem}</p>
          <button type="button" @click=${this.load}>Try again</button>
        </section>
      `;
    }
    if (this.tenants && !this.isKnown()) {
      return html`
        <section class="message">
          <h1>There is no tenant “${this.tenant}”</h1>
          <p>Choose one of these:</p>
          <p class="choices">
            ${this.tenants.map(({ id, name }) => html`<a role="button" href=${tenantQuery(id)}>${name}</a>`)}
          </p>
        </section>
      `;
    }
    return this.shown.map((side) => {
      const { collection, id } = placeOf(side);
      return html`
        <system-app
          class="system ${side}"
          side=${side}
          aria-label=${systems[side].name}
          role="region"
          .tenant=${this.tenants ? this.tenant : ''}
          .collection=${collection}
          .openId=${id}
          .feed=${this.feed}
          @place=${this.goToPlace}
        ></system-app>
      `;
    });
  }
}

customElements.define('system-page', SystemPage);
