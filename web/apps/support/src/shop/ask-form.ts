import { h, say } from '../parts/dom.js';
import { messageOf, post } from '../parts/request.js';
import { inWords, range } from '../parts/time.js';
import type { CustomerView } from '../parts/views.js';
import { fact } from './fact.js';
import type { Screen } from './talk.js';

const topics = ['Choosing a lamp', 'My order', 'A repair'];

/** What we ask before somebody waits: nothing has to be answered. */
export class AskForm implements Screen {
  readonly title = 'Talk to us';
  readonly #name = h('input', { class: 'field', name: 'name', autocomplete: 'given-name', maxlength: 60 });
  readonly #topic = h('textarea', { class: 'field', name: 'topic', rows: 2, maxlength: 280 });
  readonly #wait = h('strong', {}, '…');
  readonly #problem = h('p', { class: 'problem', role: 'alert' });
  readonly #send = h('button', { class: 'button primary wide', 'data-action': 'ask' }, 'Get in line');
  readonly element: HTMLElement;

  constructor(topic: string, page: () => string, asked: () => void) {
    this.#topic.value = topic;
    const suggestions = topics.map((text) =>
      h('button', { type: 'button', class: 'chip', onclick: () => this.#suggest(text) }, text),
    );
    const submit = (event: Event): void => {
      event.preventDefault();
      void this.#ask(page(), asked);
    };
    this.element = h(
      'form',
      { class: 'panel-form', onsubmit: submit },
      h('p', {}, 'A person of ours, in a call right here on the page. Your camera stays off unless you turn it on.'),
      h('label', { class: 'labelled' }, h('span', {}, 'Your name ', h('small', {}, 'if you like')), this.#name),
      h(
        'label',
        { class: 'labelled' },
        h('span', {}, 'What is it about? ', h('small', {}, 'if you like')),
        this.#topic,
      ),
      h('div', { class: 'chips', role: 'group', 'aria-label': 'Suggestions' }, ...suggestions),
      this.#problem,
      this.#send,
      fact('clock', this.#wait),
      fact('lock', 'Encrypted between you and the person you talk to.'),
    );
  }

  focus(): void {
    this.#name.focus();
  }

  update({ open, wait }: CustomerView): void {
    say(this.#wait, expectation(open, wait));
  }

  #suggest(text: string): void {
    this.#topic.value = text;
    this.#topic.focus();
  }

  async #ask(page: string, asked: () => void): Promise<void> {
    this.#send.disabled = true;
    say(this.#problem, '');
    try {
      await post('customer/ask', { name: this.#name.value, topic: this.#topic.value, page });
      asked();
    } catch (cause) {
      say(this.#problem, messageOf(cause));
    } finally {
      this.#send.disabled = false;
    }
  }
}

/** What we can honestly say of a wait. */
export function expectation(open: boolean, wait: CustomerView['wait']): string {
  if (!open) return 'Nobody is at the desk at the moment. We can’t say when.';
  if (wait.free) return 'Somebody is free now.';
  if (!wait.known) return 'We have too few calls today to say how long it takes.';
  return wait.high < 60 ? `Your wait: ${inWords(wait.high)}.` : `Your wait: ${range(wait.low, wait.high)}.`;
}
