import { found, h, keyed, say } from '../parts/dom.js';
import { since } from '../parts/time.js';
import type { AgentView, Queued } from '../parts/views.js';
import type { Act } from './console.js';

/** Who waits, and since when. */
export class Queue {
  readonly #list = found('#queue-list');
  #free = false;

  constructor(readonly act: Act) {}

  update({ queue, call, wrapUp, incoming }: AgentView): void {
    this.#free = !call && !wrapUp && !incoming;
    say(found('#queue-count'), String(queue.length));
    found('#queue-empty').hidden = queue.length > 0;
    keyed(
      this.#list,
      queue,
      (one) => one.id,
      (one) => this.#row(one),
    );
  }

  #row(one: Queued): { element: HTMLElement; update: (one: Queued) => void } {
    const name = h('strong', {});
    const topic = h('p', { class: 'queue-topic' });
    const page = h('p', { class: 'muted small' });
    const marks = h('p', { class: 'marks' });
    const pick = h('button', { class: 'button small primary', 'data-action': 'pick-up' }, 'Pick up');
    pick.addEventListener('click', () => {
      pick.disabled = true;
      void this.act('pick-up', { contact: one.id }).finally(() => {
        pick.disabled = false;
      });
    });
    const element = h(
      'li',
      { class: 'queued', 'data-contact': one.id },
      h('p', { class: 'queued-head' }, name, since(one.asked)),
      topic,
      page,
      h('div', { class: 'queued-foot' }, marks, pick),
    );
    const update = (now: Queued): void => {
      say(name, now.name);
      say(topic, now.topic || 'No topic given');
      say(page, now.page ? `Looks at: ${now.page}` : '');
      marks.replaceChildren(
        ...[
          now.returned && h('span', { class: 'mark warm' }, 'Lost a call'),
          now.away && h('span', { class: 'mark' }, 'Page closed'),
          now.earlier > 0 &&
            h('span', { class: 'mark' }, now.earlier === 1 ? '1 call before' : `${now.earlier} calls before`),
        ].filter((mark) => mark !== false),
      );
      pick.hidden = !this.#free;
      pick.setAttribute('aria-label', `Pick up ${now.name}`);
    };
    return { element, update };
  }
}
