import { html } from 'lit';
import { FeedController } from '../lib/feed.js';
import { LightElement } from '../lib/light-element.js';

/** Says whether changes arrive. */
class LiveLight extends LightElement {
  static properties = { feed: { attribute: false } };

  constructor() {
    super();
    /** @type {import('../lib/feed.js').Feed | undefined} */
    this.feed = undefined;
    this.listening = new FeedController(this, { state: () => this.requestUpdate() });
  }

  render() {
    const state = this.feed?.state ?? 'opening';
    const words = { opening: 'Connecting', live: 'Live', lost: 'Connection lost, trying again' };
    return html`<span class="light ${state}" role="status">${words[state]}</span>`;
  }
}

customElements.define('live-light', LiveLight);
