import { h, say } from '../parts/dom.js';
import { messageOf, post } from '../parts/request.js';
import { ordinal, since } from '../parts/time.js';
import type { Contact, CustomerView } from '../parts/views.js';
import { expectation } from './ask-form.js';
import { fact } from './fact.js';
import type { Screen } from './talk.js';

/** A place in the queue: where one is, how long it may take and what that is known from. */
export class Waiting implements Screen {
  readonly title = 'You are in line';
  readonly #position = h('p', { class: 'position' });
  readonly #line = h('ol', { class: 'line', 'aria-hidden': 'true' });
  readonly #wait = h('p', { class: 'wait', role: 'status' });
  readonly #basis = h('p', { class: 'muted small' });
  readonly #returned = h(
    'p',
    { class: 'notice', hidden: true },
    'We lost your call, sorry. You are first in line again.',
  );
  readonly #problem = h('p', { class: 'problem', role: 'alert' });
  readonly #leave = h(
    'button',
    { class: 'button wide', 'data-action': 'leave', onclick: () => void this.#quit() },
    'Leave the line',
  );
  readonly element: HTMLElement;

  constructor(contact: Contact) {
    this.element = h(
      'div',
      { class: 'waiting' },
      this.#returned,
      this.#position,
      this.#line,
      this.#wait,
      this.#basis,
      h(
        'div',
        { class: 'waiting-facts' },
        fact('clock', 'Waiting for ', since(contact.asked)),
        fact('eye', 'Look around as long as you like, and keep this page open.'),
        contact.topic !== '' && fact('chat', contact.topic),
      ),
      this.#problem,
      this.#leave,
    );
  }

  focus(): void {
    this.#leave.focus();
  }

  update({ contact, open, wait }: CustomerView): void {
    if (!contact) return;
    const { position = 1, returned = false } = contact;
    this.#returned.hidden = !returned;
    say(this.#position, position === 1 ? 'You are next' : `You are ${ordinal(position)} in line`);
    say(this.#wait, expectation(open, wait));
    say(this.#basis, wait.known && !wait.free ? basis(wait) : '');
    const places = Math.min(position, 6);
    if (this.#line.childElementCount !== places) {
      this.#line.replaceChildren(...Array.from({ length: places }, () => h('li', {})));
    }
  }

  async #quit(): Promise<void> {
    this.#leave.disabled = true;
    try {
      await post('customer/leave');
    } catch (cause) {
      say(this.#problem, messageOf(cause));
    } finally {
      this.#leave.disabled = false;
    }
  }
}

function basis({ calls, agents }: CustomerView['wait']): string {
  return `From our last ${calls} calls, with ${agents === 1 ? 'one person' : `${agents} people`} answering.`;
}
