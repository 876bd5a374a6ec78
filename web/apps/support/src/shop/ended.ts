import { h } from '../parts/dom.js';
import { inWords } from '../parts/time.js';
import type { Contact } from '../parts/views.js';
import type { Screen } from './talk.js';

/** What has become of it, and the way back to the shop. */
export class Ended implements Screen {
  readonly title: string;
  readonly element: HTMLElement;
  readonly #close: HTMLButtonElement;

  constructor(contact: Contact, done: () => void) {
    const talked = contact.picked !== undefined && contact.ended !== undefined;
    this.title = talked ? 'Thank you' : 'You left the line';
    this.#close = h(
      'button',
      { class: 'button primary wide', 'data-action': 'done', onclick: done },
      'Back to the shop',
    );
    this.element = h(
      'div',
      { class: 'over' },
      h('p', { class: 'over-words' }, talked ? thanks(contact) : 'Come back whenever you like.'),
      h('p', { class: 'muted' }, talked ? talkedFor(contact) : 'We’ll be here, lamp by lamp.'),
      this.#close,
    );
  }

  focus(): void {
    this.#close.focus();
  }

  update(): void {}
}

function thanks({ name }: Contact): string {
  return name === 'Guest' ? 'Thank you for talking to us.' : `Thank you for talking to us, ${name}.`;
}

function talkedFor({ picked, ended, agent }: Contact): string {
  const seconds = (Date.parse(ended ?? '') - Date.parse(picked ?? '')) / 1000;
  return `You talked with ${agent?.name ?? 'us'} for ${inWords(seconds)}.`;
}
