import { found, say } from '../parts/dom.js';
import { messageOf, post } from '../parts/request.js';

/** The page before the console. */
export class SignIn {
  readonly #page = found('#sign-in');
  readonly #form = found<HTMLFormElement>('#sign-in-form');
  readonly #problem = found('#sign-in-problem');

  constructor(signedIn: () => void) {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit(signedIn);
    });
    for (const button of this.#form.querySelectorAll<HTMLButtonElement>('[data-demo]')) {
      button.addEventListener('click', () => {
        this.#field('agent').value = button.dataset.demo ?? '';
        this.#field('password').value = 'welcome';
        found<HTMLButtonElement>('[data-action=sign-in]').focus();
      });
    }
  }

  show(): void {
    this.#page.hidden = false;
    this.#field('agent').focus();
  }

  hide(): void {
    this.#page.hidden = true;
    this.#form.reset();
    say(this.#problem, '');
  }

  #field(name: string): HTMLInputElement {
    return found<HTMLInputElement>(`[name=${name}]`, this.#form);
  }

  async #submit(signedIn: () => void): Promise<void> {
    say(this.#problem, '');
    try {
      await post('desk/sign-in', { agent: this.#field('agent').value.trim(), password: this.#field('password').value });
      signedIn();
    } catch (cause) {
      say(this.#problem, messageOf(cause));
    }
  }
}
