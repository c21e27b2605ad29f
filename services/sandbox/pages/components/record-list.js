import { html, nothing } from 'lit';
import { getRecord, listRecords } from '../lib/api.js';
import { FeedController, isGone } from '../lib/feed.js';
import { LightElement } from '../lib/light-element.js';
import { ago, authors } from '../lib/words.js';
import { renderRow } from './list-row.js';

/** Records on one page of a list. */
const pageSize = 50;
/** Typing is over when nothing was typed for this long, ms. */
const searchDelayMs = 200;
/** Changes are taken up together after this time, ms. */
const gatherMs = 80;
/** With more changed rows than this the whole page is read anew. */
const singlesAtMost = 10;
/** A note at a row is shown for this long, ms. */
const noteForMs = 120_000;

/** A list of records that is searched, sorted, paged, and changes as its records change, each in its place. */
export class RecordList extends LightElement {
  static properties = {
    side: { attribute: false },
    tenant: { attribute: false },
    collection: { attribute: false },
    openId: { attribute: false },
    feed: { attribute: false },
    items: { state: true },
    search: { state: true },
    problem: { state: true },
    nowMs: { state: true },
  };

  constructor() {
    super();
    /** @type {import('../lib/api.js').Side} */
    this.side = 'crm';
    this.tenant = '';
    /** @type {import('../lib/catalog.js').Collection | undefined} */
    this.collection = undefined;
    this.openId = '';
    /** @type {import('../lib/feed.js').Feed | undefined} */
    this.feed = undefined;
    /** @type {import('../lib/api.js').Row[] | undefined} */
    this.items = undefined;
    this.total = 0;
    this.offset = 0;
    this.search = '';
    this.recentFirst = false;
    this.problem = '';
    this.nowMs = Date.now();
    /** The last change of each row. @type {Map<string, import('../lib/feed.js').Change>} */
    this.notes = new Map();
    /** The last record that was added, by whoever. @type {{ id: string, name: string, by: string, atMs: number } | undefined} */
    this.arrival = undefined;
    /** Changes not yet taken up, by record id. @type {Map<string, import('../lib/feed.js').Change>} */
    this.waiting = new Map();
    /** The reading under way, or the last one. @type {Promise<void>} */
    this.pending = Promise.resolve();
    /** Counts readings: only the answer to the last one counts. */
    this.reading = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.gathering = undefined;
    this.listening = new FeedController(this, {
      change: (change) => this.heard(change),
      again: () => void this.load(),
    });
  }

  get place() {
    return { tenant: this.tenant, side: this.side, collection: this.collection?.key ?? '' };
  }

  connectedCallback() {
    super.connectedCallback();
    this.clock = setInterval(() => {
      this.nowMs = Date.now();
    }, 15_000);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.clock);
    clearTimeout(this.timer);
    clearTimeout(this.gathering);
  }

  /** @param {Map<PropertyKey, unknown>} changed */
  willUpdate(changed) {
    if (changed.has('openId') && this.arrival?.id === this.openId) {
      this.arrival = undefined;
      void this.load();
    }
    if (!changed.has('tenant') && !changed.has('collection')) return;
    this.items = undefined;
    this.search = '';
    this.offset = 0;
    this.recentFirst = false;
    this.notes.clear();
    this.waiting.clear();
    this.arrival = undefined;
    if (this.tenant !== '') void this.load();
  }

  load() {
    this.pending = this.read();
    return this.pending;
  }

  async read() {
    const { collection, place } = this;
    if (!collection) return;
    this.reading += 1;
    const { reading } = this;
    const sort = (this.recentFirst && collection.recent) || collection.sort;
    try {
      const query = { search: this.search, sort, limit: pageSize, offset: this.offset };
      const { total, items } = await listRecords(place, query);
      if (reading !== this.reading) return;
      this.total = total;
      this.items = items;
      this.problem = '';
    } catch (error) {
      if (reading === this.reading) this.problem = /** @type {Error} */ (error).message;
    }
    this.requestUpdate();
  }

  /** @param {import('../lib/feed.js').Change} change */
  heard(change) {
    if (change.side !== this.side || !this.collection) return;
    const ids = change.entity === this.collection.entity ? [change.id] : this.ownersOf(change);
    if (change.fields.length === 0 && change.action === 'update') return;
    for (const id of ids) this.waiting.set(id, change);
    if (ids.length > 0) this.gathering ??= setTimeout(() => void this.gathered(), gatherMs);
  }

  /** Rows that show an address of the CRM which changed. @param {import('../lib/feed.js').Change} change @returns {string[]} */
  ownersOf({ entity, id, action }) {
    if (entity !== 'address' || action !== 'update') return [];
    return (this.items ?? []).filter((row) => String(row.AddressId) === id).map((row) => row.Id);
  }

  /** One after the other: an answer that came late would undo what a later change brought. */
  async gathered() {
    // A page that is being read may or may not hold these changes: first see which rows it brings.
    await this.pending;
    await this.takeUp();
    this.gathering = this.waiting.size > 0 ? setTimeout(() => void this.gathered(), gatherMs) : undefined;
  }

  async takeUp() {
    const changes = new Map(this.waiting);
    this.waiting.clear();
    this.nowMs = Date.now();
    const shown = new Set(this.items?.map(({ Id }) => Id));
    const own = [...changes.keys()].filter((id) => shown.has(id));
    for (const id of own) this.notes.set(id, /** @type {import('../lib/feed.js').Change} */ (changes.get(id)));
    for (const [id, { receivedMs }] of this.notes) {
      if (!shown.has(id) || this.nowMs - receivedMs > noteForMs) this.notes.delete(id);
    }
    if (own.length > singlesAtMost) return this.load();
    const there = own.filter((id) => !isGone(/** @type {import('../lib/feed.js').Change} */ (changes.get(id))));
    const { reading, place } = this;
    try {
      const rows = await Promise.all(there.map((id) => getRecord(place, id)));
      if (reading !== this.reading) return;
      const byId = new Map(rows.flatMap((row) => (row ? [[row.Id, row]] : [])));
      this.items = this.items?.map((row) => byId.get(row.Id) ?? row);
      if ([...changes.values()].some(({ action }) => action !== 'update')) await this.recount(changes);
    } catch (error) {
      this.problem = /** @type {Error} */ (error).message;
    }
    this.requestUpdate();
  }

  /** How many there are now, and which came last. @param {Map<string, import('../lib/feed.js').Change>} changes */
  async recount(changes) {
    const { reading, place } = this;
    // What was added here is open already: it takes its place in the list.
    if (changes.get(this.openId)?.action === 'insert') return this.load();
    const last = [...changes].filter(([, { action }]) => action === 'insert').at(-1);
    const [{ total }, row] = await Promise.all([
      listRecords(place, { search: this.search, limit: 1 }),
      last ? getRecord(place, last[0]) : undefined,
    ]);
    if (reading !== this.reading) return;
    if (last?.[0] === this.openId) return this.load();
    this.total = total;
    if (last && row && this.collection && !this.items?.some(({ Id }) => Id === row.Id)) {
      this.arrival = { id: row.Id, name: this.collection.nameOf(row), by: last[1].by, atMs: last[1].receivedMs };
    }
    // A list that was empty has nothing that could jump.
    if (this.items?.length === 0) await this.load();
  }

  /** @param {string} text */
  searchFor(text) {
    this.search = text;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.offset = 0;
      void this.load();
    }, searchDelayMs);
  }

  /** @param {number} offset */
  async page(offset) {
    this.offset = offset;
    await this.load();
    this.querySelector('.rows')?.scrollTo({ top: 0 });
  }

  /** @param {string} id */
  open(id) {
    this.dispatchEvent(new CustomEvent('open', { detail: { id } }));
  }

  /** @param {string} id Puts the focus on a record's link, or on the search field. */
  focusRow(id) {
    const link = this.querySelector(`a[data-id="${CSS.escape(id)}"]`) ?? this.querySelector('input[type="search"]');
    /** @type {HTMLElement | null} */ (link)?.focus();
  }

  /** Arrow keys go from row to row. @param {KeyboardEvent} event */
  arrows(event) {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const links = /** @type {HTMLElement[]} */ ([...this.querySelectorAll('a[data-id]')]);
    const at = links.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const next = links[event.key === 'ArrowDown' ? at + 1 : at - 1];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  render() {
    const { collection } = this;
    if (!collection) return nothing;
    const id = `search-${this.side}`;
    return html`
      <section class="list" aria-label=${collection.title} @keydown=${this.arrows}>
        <div class="toolbar">
          <h1>${collection.title} <span class="count">${this.items ? this.total : ''}</span></h1>
          ${
            collection.canAdd
              ? html`<button type="button" class="add" ?disabled=${this.tenant === ''} @click=${() => this.open('new')}>
                  New ${collection.one}
                </button>`
              : nothing
          }
          <label class="visually-hidden" for=${id}>Search ${collection.title.toLowerCase()}</label>
          <input
            id=${id}
            type="search"
            placeholder="Search ${collection.title.toLowerCase()}"
            autocomplete="off"
            .value=${this.search}
            @input=${(/** @type {any} */ event) => this.searchFor(event.target.value)}
          />
          ${collection.recent ? this.renderSort() : nothing}
        </div>
        <p class="news" role="status">${this.renderNews()}</p>
        <div class="rows">${this.renderRows(collection)}</div>
        ${this.renderPager()}
      </section>
    `;
  }

  renderSort() {
    return html`
      <select
        class="sort"
        aria-label="Order"
        @change=${(/** @type {any} */ event) => {
          this.recentFirst = event.target.value === 'recent';
          this.offset = 0;
          void this.load();
        }}
      >
        <option value="name" ?selected=${!this.recentFirst}>By ${this.side === 'crm' ? 'name' : 'code'}</option>
        <option value="recent" ?selected=${this.recentFirst}>Latest first</option>
      </select>
    `;
  }

  renderNews() {
    if (this.problem !== '' && this.items) return html`<span class="trouble">${this.problem}</span>`;
    const { arrival } = this;
    if (!arrival) return nothing;
    return html`
      <span>${arrival.name} was added by ${authors[arrival.by]} ${ago(arrival.atMs, this.nowMs)}</span>
      <button
        type="button"
        class="plain"
        @click=${() => {
          this.arrival = undefined;
          this.open(arrival.id);
        }}
      >
        Show
      </button>
    `;
  }

  /** @param {import('../lib/catalog.js').Collection} collection */
  renderRows(collection) {
    if (this.problem !== '' && !this.items) {
      return html`
        <div class="message" role="alert">
          <p>${this.problem}</p>
          <button type="button" @click=${() => void this.load()}>Try again</button>
        </div>
      `;
    }
    if (!this.items) return html`<div class="waiting" role="status" aria-busy="true" aria-label="Loading"></div>`;
    if (this.items.length === 0) return this.renderEmpty(collection);
    return html`
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            ${collection.columns.map(({ label, kind }) => html`<th scope="col" class=${kind ?? ''}>${label}</th>`)}
            <th scope="col" class="changed">Last change</th>
          </tr>
        </thead>
        <tbody>
          ${this.items.map((row) =>
            renderRow({
              side: this.side,
              collection,
              row,
              isOpen: row.Id === this.openId,
              note: this.notes.get(row.Id),
              nowMs: this.nowMs,
              open: () => this.open(row.Id),
            }),
          )}
        </tbody>
      </table>
    `;
  }

  /** @param {import('../lib/catalog.js').Collection} collection */
  renderEmpty(collection) {
    if (this.search.trim() === '') {
      return html`<div class="message"><p>There are no ${collection.title.toLowerCase()} yet.</p></div>`;
    }
    return html`
      <div class="message">
        <p>No ${collection.title.toLowerCase()} hold “${this.search.trim()}”.</p>
        <button type="button" class="secondary" @click=${() => this.searchFor('')}>Show all</button>
      </div>
    `;
  }

  renderPager() {
    const last = this.offset + (this.items?.length ?? 0);
    return html`
      <nav class="pager" aria-label="Pages of the list">
        <button
          type="button"
          class="secondary"
          ?disabled=${this.offset === 0}
          @click=${() => void this.page(Math.max(0, this.offset - pageSize))}
        >
          Previous
        </button>
        <span>${last === 0 ? '' : `${this.offset + 1} to ${last} of ${this.total}`}</span>
        <button
          type="button"
          class="secondary"
          ?disabled=${last >= this.total}
          @click=${() => void this.page(this.offset + pageSize)}
        >
          Next
        </button>
      </nav>
    `;
  }
}

customElements.define('record-list', RecordList);
