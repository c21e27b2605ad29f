import { html, nothing } from 'lit';
import { collectionsOf, findCollection, systems } from '../lib/catalog.js';
import { LightElement } from '../lib/light-element.js';
import { hrefOf } from '../lib/place.js';
import { marks } from './marks.js';
import './record-list.js';
import './record-panel.js';

/** One system as its users see it: its name, its collections, a list, and the open record beside it. */
export class SystemApp extends LightElement {
  static properties = {
    side: {},
    tenant: { attribute: false },
    collection: { attribute: false },
    openId: { attribute: false },
    feed: { attribute: false },
  };

  constructor() {
    super();
    /** @type {import('../lib/api.js').Side} */
    this.side = 'crm';
    this.tenant = '';
    this.collection = 'companies';
    this.openId = '';
    /** @type {import('../lib/feed.js').Feed | undefined} */
    this.feed = undefined;
    /** Company under which a new contact was asked for. @type {Record<string, unknown> | undefined} */
    this.preset = undefined;
  }

  get panel() {
    return /** @type {import('./record-panel.js').RecordPanel | null} */ (this.querySelector('record-panel'));
  }

  /** @returns {boolean} Is there something typed that is not saved? */
  isTyping() {
    return this.panel?.isDirty() === true;
  }

  /** @returns {Promise<boolean>} Is nothing typed, or may it be given up? */
  async mayLeave() {
    return this.panel === null || this.panel.mayLeave();
  }

  /**
   * Goes to a place of this system, unless the person wants to keep what was typed.
   * @param {string} collection
   * @param {string} id
   * @param {Record<string, unknown>} [preset] fields of a new record
   */
  async go(collection, id, preset) {
    if (!(await this.mayLeave())) return;
    this.preset = preset;
    this.dispatchEvent(new CustomEvent('place', { detail: { side: this.side, collection, id } }));
  }

  /** @param {MouseEvent} event @param {string} key */
  follow(event, key) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    void this.go(key, '');
  }

  /** @param {CustomEvent<{ collection?: string, id: string, preset?: Record<string, unknown> }>} event */
  open({ detail }) {
    void this.go(detail.collection ?? this.collection, detail.id, detail.preset);
  }

  /** The panel is closed: back to the row it was opened from. */
  async close() {
    const id = this.openId;
    await this.go(this.collection, '');
    if (this.openId !== '') return;
    await this.updateComplete;
    /** @type {import('./record-list.js').RecordList | null} */ (this.querySelector('record-list'))?.focusRow(id);
  }

  /** @param {KeyboardEvent} event */
  keyed(event) {
    const typing = event.target instanceof Element && event.target.closest('input, textarea, select, dialog');
    if (event.key === '/' && !typing) {
      event.preventDefault();
      /** @type {HTMLElement | null} */ (this.querySelector('input[type="search"]'))?.focus();
    }
    // In a search field it empties the field.
    const searching = event.target instanceof HTMLInputElement && event.target.type === 'search';
    if (event.key !== 'Escape' || searching || this.openId === '' || event.defaultPrevented) return;
    // Else the same key would also shut the question that may be asked now.
    event.preventDefault();
    void this.close();
  }

  render() {
    const { side, collection } = this;
    const system = systems[side];
    const shown = findCollection(side, collection) ?? collectionsOf(side)[0];
    if (!shown) return nothing;
    return html`
      <div class=${this.openId === '' ? 'frame' : 'frame with-panel'} @keydown=${this.keyed}>
        <header class="masthead">
          <p class="brand">${marks[side]}<strong>${system.name}</strong><small>${system.tagline}</small></p>
          <nav aria-label=${system.name}>
            ${collectionsOf(side).map(
              ({ key, title }) => html`
                <a
                  href=${hrefOf(side, { collection: key, id: '' })}
                  aria-current=${key === shown.key ? 'page' : 'false'}
                  @click=${(/** @type {MouseEvent} */ event) => this.follow(event, key)}
                  >${marks[key]}<span>${title}</span></a
                >
              `,
            )}
          </nav>
        </header>
        <record-list
          .side=${side}
          .tenant=${this.tenant}
          .collection=${shown}
          .openId=${this.openId}
          .feed=${this.feed}
          @open=${this.open}
        ></record-list>
        ${
          this.openId === '' || this.tenant === ''
            ? nothing
            : html`
                <record-panel
                  .side=${side}
                  .tenant=${this.tenant}
                  .collection=${shown}
                  .recordId=${this.openId}
                  .preset=${this.openId === 'new' ? this.preset : undefined}
                  .feed=${this.feed}
                  @open=${this.open}
                  @close=${this.close}
                ></record-panel>
              `
        }
      </div>
    `;
  }
}

customElements.define('system-app', SystemApp);
