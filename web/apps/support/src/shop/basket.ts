import { found, say } from '../parts/dom.js';

const stored = 'filament.basket';

/** How many things a customer has put aside. */
export class Basket {
  #count = Number(sessionStorage.getItem(stored) ?? 0);

  constructor() {
    this.#show();
    for (const button of document.querySelectorAll<HTMLButtonElement>('[data-add]')) {
      button.addEventListener('click', () => {
        this.#count++;
        sessionStorage.setItem(stored, String(this.#count));
        this.#show();
        say(found('#basket-said'), `${button.dataset.add ?? ''} is in your basket.`);
      });
    }
  }

  #show(): void {
    say(found('#basket-count'), String(this.#count));
    found('#basket').setAttribute('aria-label', `Basket, ${this.#count} ${this.#count === 1 ? 'thing' : 'things'}`);
  }
}
