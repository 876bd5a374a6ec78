import { found } from '../parts/dom.js';

/** The pages of the shop, of which the address's fragment names one. A call goes on while a customer turns them. */
export class Pages {
  onTurn: () => void = () => {};
  #title = '';

  constructor() {
    addEventListener('hashchange', () => this.#turn(true));
    this.#turn(false);
  }

  /** What is looked at, in the shop's words. */
  get title(): string {
    return this.#title;
  }

  #turn(byLink: boolean): void {
    const name = location.hash.replace(/^#\/?/, '') || 'home';
    const pages = [...document.querySelectorAll<HTMLElement>('[data-page]')];
    const page = pages.find((candidate) => candidate.dataset.page === name) ?? pages[0]!;
    for (const other of pages) other.hidden = other !== page;
    this.#title = page.dataset.title ?? '';
    document.title = page.dataset.page === 'home' ? 'Filament' : `${this.#title} · Filament`;
    for (const link of document.querySelectorAll<HTMLAnchorElement>('.shop-nav a')) {
      if (link.hash === location.hash) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    if (!byLink) return;
    scrollTo({ top: 0 });
    found('h1', page).focus();
    this.onTurn();
  }
}
