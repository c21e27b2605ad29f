import { html, nothing } from 'lit';
import { call } from '../lib/api.js';
import { LightElement } from '../lib/light-element.js';

/** The sync's own panel for a contact, in a frame: it comes from another server, and only its address passes through here. */
class SyncPanel extends LightElement {
  static properties = {
    tenant: { attribute: false },
    contact: { attribute: false },
    url: { state: true },
    trouble: { state: true },
  };

  constructor() {
    super();
    this.tenant = '';
    this.contact = '';
    /** @type {string | null} */
    this.url = null;
    this.trouble = '';
    this.asked = '';
  }

  willUpdate() {
    const asked = `${this.tenant}/${this.contact}`;
    if (asked !== this.asked) void this.load(asked);
  }

  /** @param {string} asked */
  async load(asked) {
    this.asked = asked;
    this.url = null;
    this.trouble = '';
    try {
      const path = `tenants/${encodeURIComponent(this.tenant)}/panel/${encodeURIComponent(this.contact)}`;
      const { url } = /** @type {{ url: string | null }} */ (await call('GET', path));
      if (asked === this.asked) this.url = url;
    } catch (error) {
      if (asked === this.asked) this.trouble = /** @type {Error} */ (error).message;
    }
  }

  render() {
    if (this.trouble !== '') {
      return html`<p class="say trouble" role="status">
        Sync to Unleashed: ${this.trouble}
        <button type="button" class="plain" @click=${() => void this.load(this.asked)}>Try again</button>
      </p>`;
    }
    if (this.url === null) return nothing;
    return html`<iframe class="sync" title="Sync to Unleashed" src=${this.url} referrerpolicy="no-referrer"></iframe>`;
  }
}

customElements.define('sync-panel', SyncPanel);
