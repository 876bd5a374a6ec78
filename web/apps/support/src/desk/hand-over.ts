import { h, say } from '../parts/dom.js';
import { icon } from '../parts/icons.js';
import type { Agent, AgentView } from '../parts/views.js';
import type { Act } from './console.js';

/** Handing a call to a colleague: whom, and what they should know. */
export class HandOver {
  readonly opener = h(
    'button',
    { class: 'button', 'data-action': 'hand-over', 'aria-expanded': 'false', onclick: () => this.#toggle() },
    icon('handOver'),
    'Hand over…',
  );
  readonly #choices = h('div', { class: 'choices', role: 'radiogroup', 'aria-label': 'To whom' });
  readonly #nobody = h('p', { class: 'muted' }, 'None of your colleagues is free.');
  readonly #note = h('textarea', { class: 'field', name: 'hand-over-note', rows: 2, maxlength: 2000 });
  readonly #labelled = h('label', { class: 'labelled' }, h('span', {}, 'What should they know?'), this.#note);
  readonly #send = h('button', { class: 'button primary', 'data-action': 'offer' }, 'Hand over');
  readonly #form = h('form', { class: 'hand-over-form' }, this.#choices, this.#nobody, this.#labelled, this.#send);
  readonly #state = h('p', { role: 'status' });
  readonly #back: HTMLButtonElement;
  readonly element: HTMLElement;
  #open = false;
  #free = '';

  constructor(act: Act) {
    this.#back = h(
      'button',
      { class: 'button small', 'data-action': 'take-back', onclick: () => void act('take-back') },
      'Take back',
    );
    this.element = h(
      'div',
      { class: 'hand-over', hidden: true },
      this.#form,
      h('div', { class: 'hand-over-state' }, this.#state, this.#back),
    );
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      const to = new FormData(this.#form).get('colleague');
      if (typeof to !== 'string') return;
      void act('transfer', { to, note: this.#note.value }).then((sent) => {
        if (sent) this.#note.value = '';
      });
    });
  }

  update({ agents, call }: AgentView): void {
    const offer = call?.offer;
    const pending = offer !== undefined && offer.answer !== 'declined';
    this.opener.disabled = offer?.answer === 'accepted';
    this.#form.hidden = pending || !this.#open;
    this.#back.hidden = offer?.answer !== '';
    say(this.#state, offer ? stateOf(offer) : '');
    this.element.hidden = !this.#open && !offer;
    const free = agents.filter(({ status }) => status === 'free');
    const key = free.map(({ id }) => id).join();
    if (key === this.#free && this.#choices.childElementCount === free.length) return;
    this.#free = key;
    this.#nobody.hidden = free.length > 0;
    this.#labelled.hidden = this.#send.hidden = free.length === 0;
    this.#choices.replaceChildren(...free.map(choice));
  }

  #toggle(): void {
    this.#open = !this.#open;
    this.opener.setAttribute('aria-expanded', String(this.#open));
    this.element.hidden = !this.#open;
    this.#form.hidden = !this.#open;
    if (this.#open) this.#form.querySelector<HTMLElement>('input, textarea')?.focus();
  }
}

function choice({ id, name, title }: Agent, index: number): HTMLElement {
  return h(
    'label',
    { class: 'choice' },
    h('input', { type: 'radio', name: 'colleague', value: id, checked: index === 0 }),
    h('span', { class: 'avatar', 'aria-hidden': 'true' }, name.charAt(0)),
    h('span', {}, h('strong', {}, name), h('span', { class: 'muted small' }, ` ${title}`)),
  );
}

function stateOf({ to, answer }: { to: string; answer: '' | 'accepted' | 'declined' }): string {
  switch (answer) {
    case '':
      return `Waiting for ${to} to answer…`;
    case 'accepted':
      return `${to} is on the way into the call.`;
    case 'declined':
      return `${to} can’t take over now.`;
  }
}
