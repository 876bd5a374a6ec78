import { h, say } from '../parts/dom.js';
import { icon } from '../parts/icons.js';
import { clock, day, inWords } from '../parts/time.js';
import type { AgentsCall, Earlier } from '../parts/views.js';

/** What the desk knows of a customer: the question, the page, and what was before. */
export class CustomerCard {
  readonly #topic = h('p', { class: 'card-topic' });
  readonly #page = h('p', {});
  readonly #waited = h('p', {});
  readonly #handed = h('div', { class: 'handed' });
  readonly #history = h('ol', { class: 'history' });
  readonly #none = h('p', { class: 'muted small' }, 'This is the first call.');
  #shown = '';
  readonly element = h(
    'section',
    { class: 'customer', 'aria-label': 'The customer' },
    h('h2', {}, 'Asked about'),
    this.#topic,
    this.#handed,
    h('div', { class: 'fact' }, icon('eye'), this.#page),
    h('div', { class: 'fact' }, icon('clock'), this.#waited),
    h('h2', {}, 'Earlier calls'),
    this.#none,
    this.#history,
  );

  update(call: AgentsCall): void {
    say(this.#topic, call.topic || 'Nothing in particular');
    say(this.#page, call.page === '' ? 'The page is not known' : `Looks at ${call.page}`);
    say(this.#waited, `Waited ${clock(Date.parse(call.picked ?? call.asked) - Date.parse(call.asked))}`);
    const shown = JSON.stringify([call.handed, call.history]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#handed.replaceChildren(
      ...call.handed.map(({ from, note }) =>
        h('p', { class: 'quoted' }, h('strong', {}, `${from}: `), note || 'no note'),
      ),
    );
    this.#none.hidden = call.history.length > 0;
    this.#history.replaceChildren(...call.history.map(entry));
  }
}

function entry(one: Earlier): HTMLElement {
  return h(
    'li',
    {},
    h('p', { class: 'muted small' }, `${day(one.at)} · ${one.agent} · ${inWords(one.seconds)}`),
    h('p', {}, one.topic || 'No topic'),
    one.note !== '' && h('p', { class: 'quoted small' }, one.note),
  );
}
