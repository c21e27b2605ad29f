import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { call } from '../lib/api.js';
import { LightElement } from '../lib/light-element.js';
import { deeds, textOf, timeOfDay } from '../lib/words.js';

/** Calls kept on the page. */
const keptAtMost = 300;
/** Calls that come in are shown together after this time, ms. */
const gatherMs = 150;

/**
 * @typedef {object} Call
 * @property {number} seq
 * @property {number} atMs
 * @property {string} tenant
 * @property {import('../lib/api.js').Side} side
 * @property {string} method
 * @property {string} url
 * @property {number} status
 * @property {number} durationMs
 * @property {string} userAgent
 * @property {string[]} faults
 * @property {import('../lib/feed.js').Change[]} changes
 */

/** The log of API calls, the latest first, as they happen. */
class CallLog extends LightElement {
  static properties = {
    tenant: { attribute: false },
    calls: { state: true },
    side: { state: true },
    only: { state: true },
    isPaused: { state: true },
    problem: { state: true },
  };

  constructor() {
    super();
    this.tenant = '';
    /** The latest first. @type {Call[]} */
    this.calls = [];
    this.side = '';
    /** @type {'all' | 'changes' | 'trouble'} */
    this.only = 'all';
    this.isPaused = false;
    this.problem = '';
    /** @type {Call[]} */
    this.waiting = [];
    /** @type {EventSource | undefined} */
    this.source = undefined;
    this.reading = 0;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.source?.close();
    clearInterval(this.timer);
  }

  connectedCallback() {
    super.connectedCallback();
    this.timer = setInterval(() => this.takeUp(), gatherMs);
    if (this.hasUpdated) void this.open();
  }

  /** @param {Map<PropertyKey, unknown>} changed */
  willUpdate(changed) {
    if (changed.has('tenant') || changed.has('side')) void this.open();
  }

  /** Reads the last calls and follows those to come. */
  async open() {
    this.source?.close();
    this.reading += 1;
    const { reading } = this;
    const query = new URLSearchParams({ tenant: this.tenant, limit: String(keptAtMost) });
    if (this.side !== '') query.set('side', this.side);
    try {
      const { lastSeq, items } = /** @type {{ lastSeq: number, items: Call[] }} */ (
        await call('GET', `calls?${query}`)
      );
      if (reading !== this.reading || !this.isConnected) return;
      this.problem = '';
      this.waiting = [];
      this.calls = items.toReversed();
      if (lastSeq > 0) query.set('since', String(lastSeq));
      this.source = new EventSource(`/control/calls/live?${query}`);
      this.source.onmessage = ({ data }) => {
        this.waiting.push(/** @type {Call} */ (JSON.parse(data)));
        if (this.waiting.length > keptAtMost) this.waiting.shift();
      };
      this.source.onopen = () => {
        this.problem = '';
      };
      this.source.onerror = () => {
        this.problem = 'Connection lost, trying again.';
      };
    } catch (error) {
      this.problem = /** @type {Error} */ (error).message;
    }
  }

  takeUp() {
    if (this.isPaused || this.waiting.length === 0) return;
    const known = new Set(this.calls.map(({ seq }) => seq));
    const fresh = this.waiting.filter(({ seq }) => !known.has(seq)).toReversed();
    this.waiting = [];
    this.calls = [...fresh, ...this.calls].slice(0, keptAtMost);
  }

  /** @param {Call} entry */
  isWanted({ status, faults, changes }) {
    if (this.only === 'changes') return changes.some(({ fields }) => fields.length > 0);
    if (this.only === 'trouble') return status === 0 || status >= 400 || faults.length > 0;
    return true;
  }

  render() {
    const shown = this.calls.filter((entry) => this.isWanted(entry));
    return html`
      <section aria-label="Calls">
        <div class="bar">
          <h1>API calls</h1>
          <label>
            System
            <select
              @change=${(/** @type {any} */ event) => {
                this.side = event.target.value;
              }}
            >
              <option value="">Both</option>
              <option value="crm">CRM</option>
              <option value="unleashed">Unleashed</option>
            </select>
          </label>
          <label>
            Show
            <select
              @change=${(/** @type {any} */ event) => {
                this.only = event.target.value;
              }}
            >
              <option value="all">All calls</option>
              <option value="changes">Only those that changed something</option>
              <option value="trouble">Only refusals, losses and faults</option>
            </select>
          </label>
          <button
            type="button"
            class="secondary"
            aria-pressed=${this.isPaused ? 'true' : 'false'}
            @click=${() => {
              this.isPaused = !this.isPaused;
            }}
          >
            ${this.isPaused ? 'Go on' : 'Pause'}
          </button>
        </div>
        <p class="trouble" role="status">${this.problem}</p>
        ${
          shown.length === 0
            ? html`<div class="message">
                <p>No calls yet. Those of the services that use the two APIs appear here as they come.</p>
              </div>`
            : html`
                <ol class="calls">
                  ${repeat(
                    shown,
                    ({ seq }) => seq,
                    (entry) => this.renderCall(entry),
                  )}
                </ol>
              `
        }
      </section>
    `;
  }

  /** @param {Call} entry */
  renderCall({ atMs, tenant, side, method, url, status, durationMs, faults, changes, userAgent }) {
    const tone = status === 0 || status >= 400 ? 'trouble' : 'good';
    return html`
      <li>
        <time datetime=${new Date(atMs).toISOString()}>${timeOfDay(atMs)}</time>
        <span class="badge ${side}">${side === 'crm' ? 'CRM' : 'Unleashed'}</span>
        <code class="request" title=${url}><b>${method}</b> ${url}</code>
        <span class="status ${tone}">${status === 0 ? 'connection lost' : status}</span>
        <span class="took">${Math.round(durationMs)} ms</span>
        <span class="about">${tenant}${userAgent === '' ? '' : `, ${userAgent}`}</span>
        ${faults.length === 0 ? nothing : html`<span class="state">Fault: ${faults.join(', ')}</span>`}
        ${changes.map(
          ({ action, entity, id, fields }) => html`
            <p class="change">
              <b>${entity} ${id}</b> ${fields.length === 0 && action === 'update' ? 'written, nothing changed' : deeds[action]}
              ${
                action === 'update'
                  ? fields.map(
                      ({ field, before, after }) =>
                        html`<span>${field}: <del>${worded(before)}</del> → <ins>${worded(after)}</ins></span>`,
                    )
                  : nothing
              }
            </p>
          `,
        )}
      </li>
    `;
  }
}

/** @param {unknown} value */
function worded(value) {
  if (value === null || value === '') return 'blank';
  return typeof value === 'object' ? JSON.stringify(value) : textOf(value);
}

customElements.define('call-log', CallLog);
