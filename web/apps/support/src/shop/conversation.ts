import { Call, type ScreenMessage } from '../parts/call.js';
import { h, say } from '../parts/dom.js';
import { icon } from '../parts/icons.js';
import { post } from '../parts/request.js';
import { since } from '../parts/time.js';
import type { Contact, CustomerView } from '../parts/views.js';
import type { Screen } from './talk.js';

/** The call, who answers, and the question whether they may see the page. */
export class Conversation implements Screen {
  readonly title: string;
  readonly element: HTMLElement;
  readonly #call: Call;
  readonly #who = h('strong', {});
  readonly #what = h('span', { class: 'muted small' });
  readonly #news = h('p', { class: 'notice', role: 'status', hidden: true });
  readonly #question: HTMLElement;
  readonly #showing: HTMLElement;
  readonly #problem = h('p', { class: 'problem', role: 'alert' });
  #agent: string;

  constructor(
    contact: Contact,
    readonly retitle: (title: string) => void,
  ) {
    this.#agent = contact.agent?.name ?? '';
    this.title = `In a call with ${this.#agent}`;
    this.#call = new Call({
      pass: 'customer/pass',
      name: contact.name,
      controls: 'mic camera chat leave',
      camera: false,
      layout: 'grid',
      alone: `${this.#agent} is on the way.`,
      onLeft: () => void post('customer/leave').catch(() => {}),
      onMessage: (message) => this.#heard(message),
      onScreen: (shown) => {
        this.#showing.hidden = !shown;
        this.element.dataset.showing = String(shown);
      },
    });
    this.#question = this.#makeQuestion();
    this.#showing = h(
      'div',
      { class: 'showing', hidden: true },
      icon('eye'),
      h('span', {}, `${this.#agent} sees this page`),
      h('button', { class: 'button small', 'data-action': 'hide', onclick: () => void this.#call.hideTab() }, 'Stop'),
    );
    this.element = h(
      'div',
      { class: 'conversation' },
      h(
        'div',
        { class: 'conversation-head' },
        h('span', { class: 'avatar', 'aria-hidden': 'true' }, this.#agent.charAt(0)),
        h('p', {}, this.#who, this.#what),
        contact.picked !== undefined && since(contact.picked),
      ),
      this.#news,
      this.#question,
      this.#showing,
      this.#problem,
      this.#call.element,
    );
  }

  focus(): void {
    this.element.tabIndex = -1;
    this.element.focus();
  }

  close(): void {
    this.#call.close();
  }

  update({ contact }: CustomerView): void {
    const { agent } = contact ?? {};
    if (!agent) return;
    say(this.#who, agent.name);
    say(this.#what, agent.title);
    if (agent.name === this.#agent) {
      if (agent.here) this.#news.hidden = true;
      return;
    }
    say(
      this.#news,
      `${this.#agent} hands you over to ${agent.name}, ${agent.title.toLowerCase()}. Stay where you are.`,
    );
    this.#news.hidden = false;
    this.#agent = agent.name;
    say(this.element.querySelector('.avatar')!, agent.name.charAt(0));
    this.retitle(`In a call with ${agent.name}`);
  }

  #makeQuestion(): HTMLElement {
    const answer = (message: 'yes' | 'no') => () => void this.#answer(message);
    return h(
      'div',
      { class: 'question', role: 'alertdialog', 'aria-labelledby': 'screen-question', hidden: true },
      h('p', { id: 'screen-question' }, icon('eye'), 'May we see the page that you look at?'),
      h('p', { class: 'small' }, 'Only this tab. Your browser asks once more, and you can stop at any time.'),
      h('button', { class: 'button primary', 'data-action': 'show', onclick: answer('yes') }, 'Show it'),
      h('button', { class: 'button', 'data-action': 'refuse', onclick: answer('no') }, 'Not now'),
    );
  }

  #heard(message: ScreenMessage): void {
    if (message !== 'ask') return;
    this.#question.hidden = false;
    this.#question.querySelector('button')?.focus();
  }

  async #answer(message: 'yes' | 'no'): Promise<void> {
    this.#question.hidden = true;
    this.focus();
    say(this.#problem, '');
    if (message === 'no') return this.#call.tell('no');
    try {
      await this.#call.showTab();
      this.#call.tell('yes');
    } catch {
      this.#call.tell('no');
      say(this.#problem, 'The page is not shown: your browser did not allow it.');
    }
  }
}
