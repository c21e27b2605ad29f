import { LitElement } from 'lit';

/** A component that renders into the page itself, so that the page's styles, labels and focus order hold for it. */
export class LightElement extends LitElement {
  createRenderRoot() {
    return this;
  }
}
