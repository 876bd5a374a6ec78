import { h, keyed, say } from '../parts/dom.js';
import { clock } from '../parts/time.js';
import type { Agent, AgentView, Status } from '../parts/views.js';
import type { Pane } from './console.js';

const statuses: Record<Status, string> = {
  offline: 'Not here',
  away: 'Not taking calls',
  free: 'Free',
  call: 'In a call',
  note: 'Writing a note',
};

/** Between calls: how the day goes, and who else is here. */
export class Idle implements Pane {
  readonly #title = h('h1', {});
  readonly #hint = h('p', { class: 'muted' });
  readonly #calls = h('strong', { class: 'figure' });
  readonly #wait = h('strong', { class: 'figure' });
  readonly #gaveUp = h('strong', { class: 'figure' });
  readonly #agents = h('ul', { class: 'colleagues' });
  readonly element = h(
    'div',
    { class: 'idle' },
    this.#title,
    this.#hint,
    h(
      'ul',
      { class: 'figures', 'aria-label': 'Today' },
      h('li', {}, this.#calls, h('span', {}, 'calls today')),
      h('li', {}, this.#wait, h('span', {}, 'usual wait')),
      h('li', {}, this.#gaveUp, h('span', {}, 'left the line')),
    ),
    h('h2', {}, 'Colleagues'),
    this.#agents,
  );

  update({ me, queue, today, agents, available }: AgentView): void {
    const first = me.name.split(' ')[0] ?? '';
    say(this.#title, queue.length > 0 ? 'Somebody is waiting' : `Hello, ${first}`);
    say(this.#hint, hint(available, queue.length));
    say(this.#calls, String(today.calls));
    say(this.#wait, today.calls === 0 ? '–' : clock(today.wait * 1000));
    say(this.#gaveUp, String(today.gaveUp));
    keyed(this.#agents, agents, (one) => one.id, makeAgent);
  }
}

function hint(available: boolean, waiting: number): string {
  if (!available) return 'Customers are told that you are not there. Turn on “Taking calls” when you are ready.';
  return waiting > 0 ? 'Pick up whoever has waited longest.' : 'You are free. The next customer appears in the line.';
}

function makeAgent(): { element: HTMLElement; update: (agent: Agent) => void } {
  const avatar = h('span', { class: 'avatar', 'aria-hidden': 'true' });
  const name = h('strong', {});
  const title = h('span', { class: 'muted small' });
  const status = h('span', { class: 'status' });
  return {
    element: h('li', {}, avatar, h('p', {}, name, title), status),
    update: (agent) => {
      say(avatar, agent.name.charAt(0));
      say(name, agent.name);
      say(title, agent.title);
      say(status, statuses[agent.status]);
      status.dataset.status = agent.status;
    },
  };
}
