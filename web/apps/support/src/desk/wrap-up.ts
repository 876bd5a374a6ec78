import { h } from '../parts/dom.js';
import { inWords } from '../parts/time.js';
import type { AgentsCall } from '../parts/views.js';
import type { Act, Pane } from './console.js';

/** The note about a call that has just ended; the next customer waits for it. */
export class WrapUp implements Pane {
  readonly #note = h('textarea', { class: 'field', name: 'note', rows: 5, maxlength: 2000 });
  readonly element: HTMLElement;

  constructor(call: AgentsCall, act: Act) {
    const seconds = (Date.parse(call.ended ?? '') - Date.parse(call.picked ?? '')) / 1000;
    const left =
      call.outcome === 'customer-left' ? `${call.name} has left the call` : `The call with ${call.name} is over`;
    const save = (event: Event): void => {
      event.preventDefault();
      void act('wrap-up', { contact: call.id, note: this.#note.value });
    };
    this.element = h(
      'form',
      { class: 'wrap-up', onsubmit: save },
      h('h1', {}, left),
      h(
        'p',
        { class: 'muted' },
        `It took ${inWords(seconds)}.${call.topic === '' ? '' : ` ${call.name} had asked: “${call.topic}”`}`,
      ),
      h('label', { class: 'labelled' }, h('span', {}, 'What should the next colleague know?'), this.#note),
      h('button', { class: 'button primary', 'data-action': 'save' }, 'Save, and on to the next'),
    );
    queueMicrotask(() => this.#note.focus());
  }

  update(): void {}
}
