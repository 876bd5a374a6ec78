import { h } from '../parts/dom.js';
import { icon } from '../parts/icons.js';

/** A line of the panel that leads with a picture. */
export function fact(name: Parameters<typeof icon>[0], ...children: (Node | string)[]): HTMLElement {
  return h('p', { class: 'fact' }, icon(name), h('span', {}, ...children));
}
