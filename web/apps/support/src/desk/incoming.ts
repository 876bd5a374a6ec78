import { found, h } from '../parts/dom.js';
import { icon } from '../parts/icons.js';
import type { AgentView } from '../parts/views.js';
import type { Act } from './console.js';

/** A colleague asks to take over a call. */
export class IncomingTransfer {
  readonly #box = found('#incoming');
  #shown: string | undefined;

  constructor(readonly act: Act) {}

  update({ incoming }: AgentView): void {
    this.#box.hidden = !incoming;
    if (incoming?.id === this.#shown) return;
    this.#shown = incoming?.id;
    if (!incoming) return this.#box.replaceChildren();
    const answer = (accept: boolean) => () => void this.act('answer', { transfer: incoming.id, accept });
    const accept = h(
      'button',
      { class: 'button primary', 'data-action': 'accept', onclick: answer(true) },
      'Take over',
    );
    this.#box.replaceChildren(
      icon('handOver'),
      h(
        'div',
        { class: 'incoming-words' },
        h('p', { id: 'incoming-title' }, h('strong', {}, `${incoming.from} hands you ${incoming.name}`)),
        incoming.topic !== '' && h('p', { class: 'small' }, incoming.topic),
        incoming.note !== '' && h('p', { class: 'quoted' }, incoming.note),
      ),
      accept,
      h('button', { class: 'button', 'data-action': 'decline', onclick: answer(false) }, 'Not now'),
    );
    accept.focus();
  }
}
