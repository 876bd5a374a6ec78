/** The shop: its pages, its basket, and beside them a person to talk to. */
import { found } from '../parts/dom.js';
import { Basket } from './basket.js';
import { Pages } from './pages.js';
import { Talk } from './talk.js';

const pages = new Pages();
new Basket();
const talk = new Talk(() => pages.title);
pages.onTurn = () => talk.looked();

for (const button of document.querySelectorAll<HTMLElement>('[data-talk]')) {
  button.addEventListener('click', () => talk.open(button.dataset.talk ?? ''));
}
found('#launcher').hidden = false;
