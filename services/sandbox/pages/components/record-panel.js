import { html, nothing } from 'lit';
import { CallError, getRecord, writeRecord } from '../lib/api.js';
import { Draft } from '../lib/draft.js';
import { FeedController, isGone } from '../lib/feed.js';
import { LightElement } from '../lib/light-element.js';
import { ago, authors } from '../lib/words.js';
import './child-list.js';
import './confirm-dialog.js';
import './field-row.js';
import { renderAbout } from './record-about.js';
import './sync-panel.js';

/** Changes of the open record are taken up together after this time, ms. */
const gatherMs = 60;
/** Changed fields are named up to this many, counted beyond. */
const namesAtMost = 2;

/**
 * The open record as a form. When the record changes underneath, untouched fields follow, typed ones stay, and both
 * are said. A draft is never lost unasked.
 */
export class RecordPanel extends LightElement {
  static properties = {
    side: { attribute: false },
    tenant: { attribute: false },
    collection: { attribute: false },
    recordId: { attribute: false },
    preset: { attribute: false },
    feed: { attribute: false },
    state: { state: true },
    saving: { state: true },
  };

  constructor() {
    super();
    /** @type {import('../lib/api.js').Side} */
    this.side = 'crm';
    this.tenant = '';
    /** @type {import('../lib/catalog.js').Collection | undefined} */
    this.collection = undefined;
    this.recordId = '';
    /** @type {Record<string, unknown> | undefined} */
    this.preset = undefined;
    /** @type {import('../lib/feed.js').Feed | undefined} */
    this.feed = undefined;
    /** @type {Draft | undefined} */
    this.draft = undefined;
    /** @type {'loading' | 'open' | 'missing' | 'broken'} */
    this.state = 'loading';
    this.saving = false;
    /** One line on how things stand, and its tone. @type {{ text: string, tone: '' | 'good' | 'news' | 'trouble' }} */
    this.say = { text: '', tone: '' };
    /** Complaints by field path. @type {Record<string, string>} */
    this.complaints = {};
    this.reading = 0;
    /** The reading under way, or the last one. @type {Promise<void>} */
    this.pending = Promise.resolve();
    this.listening = new FeedController(this, {
      change: (change) => this.heard(change),
      again: () => void this.refresh(undefined),
    });
  }

  get place() {
    return { tenant: this.tenant, side: this.side, collection: this.collection?.key ?? '' };
  }

  get isNew() {
    return this.recordId === 'new';
  }

  /** @returns {boolean} Is something typed that is not saved? */
  isDirty() {
    return this.state === 'open' && this.draft?.isDirty === true;
  }

  /** Asks before a draft is given up. @returns {Promise<boolean>} */
  async mayLeave() {
    if (!this.isDirty()) return true;
    return this.ask('What you typed is not saved. Give it up?', 'Give it up', false);
  }

  /** @param {string} question @param {string} yes @param {boolean} danger @returns {Promise<boolean>} */
  ask(question, yes, danger) {
    const dialog = /** @type {import('./confirm-dialog.js').ConfirmDialog} */ (this.querySelector('confirm-dialog'));
    return dialog.ask(question, yes, danger);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.gathering);
  }

  /** @param {Map<PropertyKey, unknown>} changed */
  willUpdate(changed) {
    const isOther = ['tenant', 'collection', 'recordId'].some((name) => changed.has(name));
    if (isOther) void this.load();
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
    this.say = { text: '', tone: '' };
    this.complaints = {};
    this.draft = undefined;
    this.state = 'loading';
    try {
      const record = this.isNew ? (this.preset ?? {}) : await getRecord(place, this.recordId);
      if (reading !== this.reading) return;
      if (record) this.draft = new Draft(collection, record, this.isNew);
      this.state = record ? 'open' : 'missing';
    } catch (error) {
      if (reading !== this.reading) return;
      this.say = { text: /** @type {Error} */ (error).message, tone: 'trouble' };
      this.state = 'broken';
    }
    await this.updateComplete;
    const target = this.isNew ? this.querySelector('input, select, textarea') : this.querySelector('h2');
    if (!this.contains(document.activeElement))
      /** @type {HTMLElement | null} */ (target)?.focus({ preventScroll: true });
  }

  /** @param {import('../lib/feed.js').Change} change */
  heard(change) {
    if (change.side !== this.side || this.isNew) return;
    const isOwn = change.entity === this.collection?.entity && change.id === this.recordId;
    // Before the record is here nobody knows whose address it is.
    const addressId = this.draft ? String(this.draft.record.AddressId) : change.id;
    const isAddress = change.entity === 'address' && addressId === change.id;
    // The default contact of an Unleashed customer shows in the customer itself.
    const isContact = change.entity === 'contact' && change.parentId === this.recordId;
    if (!isOwn && !isAddress && !isContact) return;
    clearTimeout(this.gathering);
    this.gathering = setTimeout(() => void this.refresh(change), gatherMs);
  }

  /** Reads the record again. @param {import('../lib/feed.js').Change | undefined} change what brought the news */
  async refresh(change) {
    // The answer to a reading under way may be older than the change.
    await this.pending;
    const { draft, reading } = this;
    if (!draft || this.isNew) return;
    const isDeleted = change !== undefined && change.id === this.recordId && isGone(change);
    const record = isDeleted ? undefined : await getRecord(this.place, this.recordId).catch(() => draft.record);
    // A save of our own that is under way brings its own answer.
    if (reading !== this.reading || this.saving) return;
    const by = change ? `${authors[change.by]} ${ago(change.receivedMs, Date.now())}` : 'someone';
    if (!record) {
      this.say = { text: `Deleted by ${by}. It cannot be saved any more.`, tone: 'trouble' };
      this.state = draft.isDirty ? 'open' : 'missing';
      this.requestUpdate();
      return;
    }
    const seen = change ?? {
      seq: 0,
      side: this.side,
      entity: '',
      id: '',
      parentId: '',
      action: 'update',
      by: 'server',
      fields: [],
      receivedMs: Date.now(),
    };
    const changed = draft.take(record, /** @type {import('../lib/feed.js').Change} */ (seen));
    if (changed.length > 0 && change?.by !== 'you') {
      const names =
        changed.length > namesAtMost ? `${changed.length} fields` : changed.map(({ label }) => label).join(', ');
      const kept = draft.isDirty ? ' What you typed is kept.' : '';
      this.say = { text: `${names} changed by ${by}.${kept}`, tone: 'news' };
    }
    this.requestUpdate();
  }

  /** @param {SubmitEvent} event */
  async save(event) {
    event.preventDefault();
    const { draft, collection } = this;
    if (!draft || !collection || this.saving) return;
    if (this.lacks(draft)) return;
    const sent = new Map(draft.typed);
    const { reading, place, isNew } = this;
    this.saving = true;
    this.complaints = {};
    try {
      const id = isNew ? undefined : this.recordId;
      const record = await writeRecord(isNew ? 'POST' : 'PATCH', place, id, draft.toBody());
      if (reading !== this.reading) return;
      draft.saved(record, sent);
      this.say = { text: 'Saved.', tone: 'good' };
      if (isNew) this.send('open', { id: record.Id });
    } catch (error) {
      if (reading === this.reading) this.refused(/** @type {Error} */ (error));
    } finally {
      this.saving = false;
    }
  }

  /** Says which required fields are blank. @param {Draft} draft @returns {boolean} */
  lacks(draft) {
    const blank = draft.fields.filter((field) => field.required && String(draft.shown(field)).trim() === '');
    this.complaints = Object.fromEntries(blank.map(({ path, label }) => [path, `${label} is needed.`]));
    if (blank.length === 0) return false;
    this.say = { text: 'Something is missing.', tone: 'trouble' };
    this.requestUpdate();
    void this.updateComplete.then(() => this.focusComplaint());
    return true;
  }

  /** @param {Error} error */
  refused(error) {
    this.say = { text: `Not saved: ${error.message}`, tone: 'trouble' };
    const fields = error instanceof CallError ? error.fields : {};
    for (const { path } of this.draft?.fields ?? []) {
      const complaint = fields[path] ?? fields[path.split('.').at(-1) ?? ''];
      if (complaint !== undefined) this.complaints[path] = complaint;
    }
    void this.updateComplete.then(() => this.focusComplaint());
  }

  focusComplaint() {
    /** @type {HTMLElement | null} */ (this.querySelector('[aria-invalid="true"]'))?.focus();
  }

  /** @param {import('../lib/catalog.js').Action} action */
  async act({ sure, label, does, danger }) {
    if (sure !== '' && !(await this.ask(sure, label, danger === true))) return;
    const { reading } = this;
    try {
      const isDelete = does === 'delete';
      const fields = isDelete ? undefined : does;
      const record = await writeRecord(isDelete ? 'DELETE' : 'PATCH', this.place, this.recordId, fields);
      if (reading !== this.reading || !this.draft) return;
      // A record that is gone for good is answered with nothing.
      if (record.Id === undefined) return this.send('close');
      this.draft.record = record;
      this.say = { text: isDelete ? 'Deleted.' : 'Done.', tone: 'good' };
    } catch (error) {
      this.say = { text: `Not done: ${/** @type {Error} */ (error).message}`, tone: 'trouble' };
    }
    this.requestUpdate();
  }

  /** @param {string} type @param {unknown} [detail] */
  send(type, detail) {
    // What is typed has been dealt with: saved, or gone with its record.
    this.draft?.typed.clear();
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  render() {
    const { collection, draft } = this;
    if (!collection) return nothing;
    const record = /** @type {import('../lib/api.js').Row} */ (draft?.record ?? { Id: '' });
    const title = this.isNew ? `New ${collection.one}` : draft ? collection.nameOf(record) : '';
    return html`
      <section class="panel" aria-label=${this.isNew ? title : collection.one}>
        <header>
          <div>
            <h2 tabindex="-1">${title}</h2>
            <p>
              ${this.isNew || !draft ? nothing : renderAbout(this.side, collection, record, (place) => this.dispatchEvent(new CustomEvent('open', { detail: place })))}
            </p>
          </div>
          <button
            type="button"
            class="plain close"
            aria-label="Close"
            @click=${() => this.dispatchEvent(new CustomEvent('close'))}
          >
            ✕
          </button>
        </header>
        <p class="say ${this.say.tone}" role="status">${this.say.text}</p>
        ${this.state === 'open' && draft ? this.renderForm(collection, draft, record) : this.renderNothing(collection)}
        <confirm-dialog></confirm-dialog>
      </section>
    `;
  }

  /** @param {import('../lib/catalog.js').Collection} collection */
  renderNothing(collection) {
    if (this.state === 'loading')
      return html`<div class="waiting" role="status" aria-busy="true" aria-label="Loading"></div>`;
    if (this.state === 'broken') {
      return html`<div class="message"><button type="button" @click=${() => void this.load()}>Try again</button></div>`;
    }
    return html`<div class="message"><p>There is no such ${collection.one}; it may have been deleted.</p></div>`;
  }

  /**
   * @param {import('../lib/catalog.js').Collection} collection
   * @param {Draft} draft
   * @param {import('../lib/api.js').Row} record
   */
  renderForm(collection, draft, record) {
    const shown = new Set(draft.fields);
    return html`
      <form novalidate @submit=${this.save}>
        <div class="body">
          ${
            this.side === 'crm' && collection.entity === 'contact' && !this.isNew
              ? html`<sync-panel .tenant=${this.tenant} .contact=${this.recordId}></sync-panel>`
              : nothing
          }
          ${collection.sections.map(
            ({ title, fields }) => html`
              <fieldset>
                <legend>${title}</legend>
                <div class="fields">
                  ${fields
                    .filter((field) => shown.has(field))
                    .map(
                      (field) => html`
                        <field-row
                          class=${field.half ? 'half' : ''}
                          .side=${this.side}
                          .tenant=${this.tenant}
                          .field=${field}
                          .value=${draft.shown(field)}
                          .stored=${draft.stored(field)}
                          .under=${draft.under.get(field.path)}
                          .isContested=${draft.isContested(field)}
                          .complaint=${this.complaints[field.path] ?? ''}
                          @typed=${(/** @type {CustomEvent<unknown>} */ { detail }) => {
                            draft.type(field, detail);
                            this.requestUpdate();
                          }}
                          @giveup=${() => {
                            draft.giveUp(field);
                            this.requestUpdate();
                          }}
                        ></field-row>
                      `,
                    )}
                </div>
              </fieldset>
            `,
          )}
          ${
            collection.children && !this.isNew
              ? html`<child-list
                  .side=${this.side}
                  .tenant=${this.tenant}
                  .children_=${collection.children}
                  .parent=${record}
                  .feed=${this.feed}
                  @open=${(/** @type {CustomEvent} */ { detail }) => this.dispatchEvent(new CustomEvent('open', { detail }))}
                ></child-list>`
              : nothing
          }
        </div>
        <footer>
          <button type="submit" ?disabled=${this.saving || !(draft.isDirty || this.isNew)} aria-busy=${this.saving ? 'true' : 'false'}>
            ${this.isNew ? `Add ${collection.one}` : 'Save'}
          </button>
          ${
            draft.isDirty && !this.isNew
              ? html`<button type="button" class="secondary" @click=${() => this.undo(draft)}>Undo</button>`
              : nothing
          }
          <span class="space"></span>
          ${this.isNew ? nothing : collection.actionsOf(record).map((action) => this.renderAction(action))}
        </footer>
      </form>
    `;
  }

  /** @param {Draft} draft */
  undo(draft) {
    draft.typed.clear();
    this.complaints = {};
    this.say = { text: '', tone: '' };
    this.requestUpdate();
  }

  /** @param {import('../lib/catalog.js').Action} action */
  renderAction(action) {
    return html`
      <button type="button" class="secondary ${action.danger ? 'danger' : ''}" @click=${() => void this.act(action)}>
        ${action.label}
      </button>
    `;
  }
}

customElements.define('record-panel', RecordPanel);
