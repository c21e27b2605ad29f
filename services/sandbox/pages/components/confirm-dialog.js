import { html } from 'lit';
import { LightElement } from '../lib/light-element.js';

/** A question that is answered before anything goes on. */
export class ConfirmDialog extends LightElement {
  static properties = { question: { state: true } };

  constructor() {
    super();
    this.question = '';
    this.yes = '';
    this.danger = false;
    /** @type {(answer: boolean) => void} */
    this.answer = () => {};
  }

  /**
   * Asks; only one question at a time.
   * @param {string} question
   * @param {string} yes words of the button that agrees
   * @param {boolean} danger
   * @returns {Promise<boolean>} false when it is put aside
   */
  async ask(question, yes, danger) {
    this.question = question;
    this.yes = yes;
    this.danger = danger;
    await this.updateComplete;
    const dialog = /** @type {HTMLDialogElement} */ (this.querySelector('dialog'));
    if (dialog.open) return false;
    return new Promise((resolve) => {
      this.answer = resolve;
      dialog.returnValue = '';
      dialog.showModal();
    });
  }

  /** @param {string} value */
  end(value) {
    /** @type {HTMLDialogElement} */ (this.querySelector('dialog')).close(value);
  }

  render() {
    return html`
      <dialog
        aria-label=${this.question}
        @keydown=${(/** @type {Event} */ event) => event.stopPropagation()}
        @close=${(/** @type {any} */ event) => this.answer(event.target.returnValue === 'yes')}
      >
        <article>
          <p>${this.question}</p>
          <footer>
            <button type="button" class="secondary" autofocus @click=${() => this.end('no')}>Keep</button>
            <button type="button" class=${this.danger ? 'danger' : ''} @click=${() => this.end('yes')}>${this.yes}</button>
          </footer>
        </article>
      </dialog>
    `;
  }
}

customElements.define('confirm-dialog', ConfirmDialog);
