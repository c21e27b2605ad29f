import { html, nothing } from 'lit';
import { listRecords } from '../lib/api.js';
import { findCollection } from '../lib/catalog.js';
import { FeedController } from '../lib/feed.js';
import { LightElement } from '../lib/light-element.js';
import { hrefOf } from '../lib/place.js';

/** People shown under a company at most. */
const shownAtMost = 100;
/** Changes are taken up together after this time, ms. */
const gatherMs = 100;

/** The contacts of the open company. */
class ChildList extends LightElement {
  static properties = {
    side: { attribute: false },
    tenant: { attribute: false },
    children_: { attribute: false },
    parent: { attribute: false },
    feed: { attribute: false },
    found: { state: true },
  };

  constructor() {
    super();
    /** @type {import('../lib/api.js').Side} */
    this.side = 'crm';
    this.tenant = '';
    /** @type {import('../lib/catalog.js').Collection['children']} */
    this.children_ = undefined;
    /** @type {import('../lib/api.js').Row} */
    this.parent = { Id: '' };
    /** @type {import('../lib/feed.js').Feed | undefined} */
    this.feed = undefined;
    /** @type {{ total: number, items: import('../lib/api.js').Row[] } | undefined} */
    this.found = undefined;
    this.problem = '';
    this.reading = 0;
    this.parentId = '';
    /** The change after which a row is marked. @type {Map<string, number>} */
    this.touched = new Map();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.gathering = undefined;
    this.listening = new FeedController(this, {
      change: (change) => {
        if (change.side !== this.side || change.entity !== 'contact' || change.parentId !== this.parentId) return;
        this.touched.set(change.id, change.seq);
        this.gathering ??= setTimeout(() => void this.load(), gatherMs);
      },
      again: () => void this.load(),
    });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.gathering);
  }

  willUpdate() {
    if (this.parent.Id === this.parentId) return;
    this.parentId = this.parent.Id;
    this.found = undefined;
    this.touched.clear();
    void this.load();
  }

  async load() {
    this.gathering = undefined;
    const { children_, parentId } = this;
    if (!children_) return;
    this.reading += 1;
    const { reading } = this;
    const place = { tenant: this.tenant, side: this.side, collection: children_.collection };
    try {
      const found = await listRecords(place, { parent: parentId, limit: shownAtMost });
      if (reading !== this.reading) return;
      this.problem = '';
      this.found = found;
    } catch (error) {
      this.problem = /** @type {Error} */ (error).message;
    }
    this.requestUpdate();
  }

  /** @param {MouseEvent} event @param {string} id */
  open(event, id) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const detail = { collection: this.children_?.collection, id };
    this.dispatchEvent(new CustomEvent('open', { detail }));
  }

  add() {
    const { children_ } = this;
    if (!children_) return;
    const preset = { [children_.field]: children_.keyOf(this.parent) };
    this.dispatchEvent(new CustomEvent('open', { detail: { collection: children_.collection, id: 'new', preset } }));
  }

  render() {
    const { children_, found } = this;
    const collection = children_ && findCollection(this.side, children_.collection);
    if (!collection) return nothing;
    return html`
      <section class="children">
        <h3>${children_.title} <span class="count">${found?.total ?? ''}</span></h3>
        <button type="button" class="plain" @click=${this.add}>Add a ${collection.one}</button>
        ${this.problem === '' ? nothing : html`<p class="trouble">${this.problem}</p>`}
        <ul>
          ${found?.items.map((row) => {
            const seq = this.touched.get(row.Id);
            const state = collection.stateOf(row);
            return html`
              <li class="${seq === undefined ? '' : `flash-${seq % 2}`} ${state ? 'gone' : ''}">
                <a
                  href=${hrefOf(this.side, { collection: collection.key, id: row.Id })}
                  @click=${(/** @type {MouseEvent} */ event) => this.open(event, row.Id)}
                  >${collection.nameOf(row)}</a
                >
                ${state ? html`<em class="state">${state}</em>` : nothing}
                <small>${collection.columns[0]?.of(row)}</small>
              </li>
            `;
          })}
        </ul>
        ${found?.total === 0 ? html`<p class="nothing">Nobody yet.</p>` : nothing}
      </section>
    `;
  }
}

customElements.define('child-list', ChildList);
