/** Changes of a tenant as they happen, from the sandbox's event stream. */
import { writtenHere } from './api.js';

/**
 * @typedef {object} Change
 * @property {number} seq
 * @property {import('./api.js').Side} side
 * @property {string} entity
 * @property {string} id
 * @property {string} parentId
 * @property {'insert' | 'update' | 'delete'} action
 * @property {string} by api, person, server, or you
 * @property {{ field: string, before: unknown, after: unknown }[]} fields
 * @property {number} receivedMs when this page heard of it
 */

/** @param {Change} change @returns {boolean} Is the record gone for good? The CRM only marks what is deleted. */
export function isGone({ action, side }) {
  return action === 'delete' && side === 'unleashed';
}

/**
 * One open stream per tenant of a page. Fires `change` (detail: the Change), `state`, and `again` when the stream is
 * open, at first or after it was lost: what was missed until then has to be read.
 */
export class Feed extends EventTarget {
  /** @param {string} tenant */
  constructor(tenant) {
    super();
    this.tenant = tenant;
    /** @type {'opening' | 'live' | 'lost'} */
    this.state = 'opening';
    this.source = new EventSource(`/control/events?tenant=${encodeURIComponent(tenant)}`);
    this.source.onopen = () => {
      this.become('live');
      this.dispatchEvent(new Event('again'));
    };
    this.source.onerror = () => {
      this.become('lost');
      // A stream that the server refused is not opened again by the browser.
      if (this.source.readyState === EventSource.CLOSED) this.retry = setTimeout(() => this.reopen(), 3_000);
    };
    this.source.onmessage = ({ data }) => {
      const change = /** @type {Change} */ (JSON.parse(data));
      change.receivedMs = Date.now();
      if (change.by === 'person' && writtenHere(change.side, change.id)) change.by = 'you';
      this.dispatchEvent(new CustomEvent('change', { detail: change }));
    };
  }

  /** @param {'opening' | 'live' | 'lost'} state */
  become(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event('state'));
  }

  reopen() {
    const { onopen, onerror, onmessage } = this.source;
    this.source = new EventSource(this.source.url);
    Object.assign(this.source, { onopen, onerror, onmessage });
  }

  close() {
    clearTimeout(this.retry);
    this.source.close();
  }
}

/** @typedef {import('lit').ReactiveController} ReactiveController */

/**
 * Listens to a feed for as long as a component is in the page and keeps to the feed that it is given.
 * @implements {ReactiveController}
 */
export class FeedController {
  /**
   * @param {import('lit').LitElement & { feed: Feed | undefined }} host
   * @param {{ change?: (change: Change) => void, again?: () => void, state?: () => void }} heard
   */
  constructor(host, heard) {
    this.host = host;
    this.heard = heard;
    /** @type {Feed | undefined} */
    this.feed = undefined;
    host.addController(this);
  }

  /** @param {Event} event */
  handleEvent(event) {
    if (event.type === 'change') this.heard.change?.(/** @type {CustomEvent<Change>} */ (event).detail);
    if (event.type === 'again') this.heard.again?.();
    if (event.type === 'state') this.heard.state?.();
  }

  hostUpdate() {
    if (this.feed !== this.host.feed) this.follow(this.host.feed);
  }

  hostDisconnected() {
    this.follow(undefined);
  }

  /** @param {Feed | undefined} feed */
  follow(feed) {
    for (const type of ['change', 'again', 'state']) {
      this.feed?.removeEventListener(type, this);
      feed?.addEventListener(type, this);
    }
    this.feed = feed;
  }
}
