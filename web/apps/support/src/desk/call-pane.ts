import { Call, type ScreenMessage } from '../parts/call.js';
import { h, say } from '../parts/dom.js';
import { icon } from '../parts/icons.js';
import { since } from '../parts/time.js';
import type { Agent, AgentsCall, AgentView } from '../parts/views.js';
import type { Act, Pane } from './console.js';
import { CustomerCard } from './customer-card.js';
import { HandOver } from './hand-over.js';

/** The call, and beside it all that the desk knows of the customer. */
export class CallPane implements Pane {
  readonly element: HTMLElement;
  readonly #call: Call;
  readonly #card: CustomerCard;
  readonly #handOver: HandOver;
  readonly #here = h('p', { class: 'muted small' });
  readonly #screen = h('p', { class: 'screen-state small', role: 'status' });
  readonly #ask: HTMLButtonElement;
  readonly #leaving = h('p', { class: 'notice', role: 'status', hidden: true });

  constructor(call: AgentsCall, me: Agent, act: Act) {
    this.#call = new Call({
      pass: 'desk/pass',
      name: me.name,
      controls: 'mic camera chat settings leave',
      camera: true,
      layout: 'grid',
      alone: `${call.name} is on the way.`,
      onLeft: () => void act('hang-up'),
      onMessage: (message) => this.#heard(message, call.name),
    });
    this.#card = new CustomerCard();
    this.#handOver = new HandOver(act);
    this.#ask = h(
      'button',
      { class: 'button', 'data-action': 'ask-screen', onclick: () => this.#askForScreen(call.name) },
      icon('screen'),
      'See the page',
    );
    const end = h(
      'button',
      { class: 'button danger', 'data-action': 'hang-up', onclick: () => void act('hang-up') },
      icon('hangUp'),
      'End call',
    );
    this.element = h(
      'div',
      { class: 'call-pane' },
      h(
        'section',
        { class: 'call-stage', 'aria-label': `Call with ${call.name}` },
        h(
          'div',
          { class: 'call-head' },
          h('h1', {}, call.name),
          this.#here,
          call.picked !== undefined && since(call.picked),
        ),
        this.#leaving,
        this.#call.element,
        h('div', { class: 'call-actions' }, this.#ask, this.#handOver.opener, end),
        this.#screen,
        this.#handOver.element,
      ),
      this.#card.element,
    );
  }

  close(): void {
    this.#call.close();
  }

  update(view: AgentView): void {
    const { call } = view;
    if (!call) return;
    this.#card.update(call);
    this.#handOver.update(view);
    say(this.#here, call.customerHere ? 'is in the call' : 'is not in the call yet');
    const leaving = call.offer?.answer === 'accepted';
    this.#leaving.hidden = !leaving;
    if (leaving) say(this.#leaving, `${call.offer.to} takes over. You leave by yourself when they are in.`);
  }

  #askForScreen(name: string): void {
    this.#call.tell('ask');
    say(this.#screen, `Asked. ${name} decides.`);
  }

  #heard(message: ScreenMessage, name: string): void {
    const words: Record<ScreenMessage, string> = {
      ask: '',
      yes: `${name} shows you the page.`,
      no: `${name} does not want to show the page now.`,
      stopped: `${name} has stopped showing the page.`,
    };
    say(this.#screen, words[message] ?? '');
  }
}
