import { found, say } from '../parts/dom.js';
import { icon } from '../parts/icons.js';
import { post } from '../parts/request.js';
import { listen } from '../parts/stream.js';
import type { Contact, CustomerView } from '../parts/views.js';
import { AskForm } from './ask-form.js';
import { Conversation } from './conversation.js';
import { Ended } from './ended.js';
import { Waiting } from './waiting.js';

/** One of the things that the panel shows. */
export interface Screen {
  readonly element: HTMLElement;
  readonly title: string;
  update(view: CustomerView): void;
  /** Puts the keyboard where it is needed. */
  focus(): void;
  close?(): void;
}

/** Kept while there is a contact, so that a reloaded page takes it up again. */
const openContact = 'filament.contact';

/** The panel in which a customer asks, waits, and talks. */
export class Talk {
  readonly #panel = found('#talk');
  readonly #body = found('#talk-body');
  readonly #title = found('#talk-title');
  readonly #launcher = found<HTMLButtonElement>('#launcher');
  readonly #said = found('#talk-said');
  #stop: (() => void) | undefined;
  #view: CustomerView | undefined;
  #screen: Screen | undefined;
  /** What the screen is of: the same is updated, another replaced. */
  #shown = '';
  #topic = '';
  /** A contact that ended before this page was opened, or whose end was seen. */
  #past: string | undefined;
  #live = false;

  constructor(readonly pageTitle: () => string) {
    this.#launcher.prepend(icon('chat'));
    found('#talk-hide').append(icon('minimise'));
    found('#talk-hide').addEventListener('click', () => this.hide());
    this.#panel.addEventListener('keydown', (event) => {
      // In a call, Escape closes what is open there.
      if (event.key === 'Escape' && !(event.target as Element).closest('confab-room')) this.hide();
    });
    if (localStorage.getItem(openContact)) this.#listen();
  }

  open(topic = ''): void {
    this.#topic = topic;
    this.#panel.hidden = false;
    this.#launcher.dataset.open = 'true';
    this.#launcher.setAttribute('aria-expanded', 'true');
    this.#listen();
    this.#render();
    this.#screen?.focus();
  }

  /** Puts the panel away; waiting and talking go on. */
  hide(): void {
    this.#panel.hidden = true;
    this.#launcher.dataset.open = 'false';
    this.#launcher.setAttribute('aria-expanded', 'false');
    this.#launcher.focus();
  }

  /** The customer has turned to another page of the shop. */
  looked(): void {
    if (this.#live) void post('customer/page', { page: this.pageTitle() }).catch(() => {});
  }

  #listen(): void {
    this.#stop ??= listen<CustomerView>(
      'customer/events',
      (view) => this.#heard(view),
      () => true,
    );
  }

  /** The stream is of whom the cookie names, which asking may have changed. */
  #listenAnew(): void {
    this.#stop?.();
    this.#stop = undefined;
    localStorage.setItem(openContact, 'yes');
    this.#listen();
  }

  #heard(view: CustomerView): void {
    const before = this.#view;
    this.#view = view;
    const { contact } = view;
    this.#live = contact !== undefined && contact.state !== 'ended';
    if (!before && contact?.state === 'ended') this.#past = contact.id;
    if (!this.#live) localStorage.removeItem(openContact);
    if (!before && this.#live && this.#panel.hidden) this.open();
    this.#announce(before?.contact, contact);
    this.#render();
  }

  #announce(before: Contact | undefined, now: Contact | undefined): void {
    const agent = now?.agent?.name ?? '';
    const picked = now?.state === 'talking' && before?.state !== 'talking';
    if (picked) {
      say(this.#said, `${agent} is here. The call begins.`);
      if (this.#panel.hidden) this.open();
    } else if (now?.state === 'talking' && before?.agent?.name !== agent) {
      say(this.#said, `${agent}, ${now.agent?.title ?? ''}, takes over.`);
    } else if (now?.state === 'waiting' && before?.state === 'talking') {
      say(this.#said, 'The call was lost on our side. You are first in line again.');
    }
    this.#launcher.dataset.state = now && this.#live ? now.state : 'none';
    const words = { waiting: 'You are in line', talking: `In a call with ${agent}`, none: 'Talk to us' };
    say(found('#launcher-text'), words[now && this.#live && now.state !== 'ended' ? now.state : 'none']);
  }

  #render(): void {
    const { contact } = this.#view ?? {};
    const current = contact && contact.id !== this.#past ? contact : undefined;
    const wanted = current ? `${current.state} ${current.id} ${current.meeting ?? ''}` : `ask ${this.#topic}`;
    if (wanted !== this.#shown) {
      const focused = this.#body.contains(document.activeElement) || document.activeElement === document.body;
      this.#screen?.close?.();
      this.#screen = this.#make(current);
      this.#shown = wanted;
      this.#body.replaceChildren(this.#screen.element);
      this.#panel.dataset.state = current?.state ?? 'ask';
      say(this.#title, this.#screen.title);
      if (focused && !this.#panel.hidden) this.#screen.focus();
    }
    if (this.#view) this.#screen?.update(this.#view);
  }

  #make(contact: Contact | undefined): Screen {
    switch (contact?.state) {
      case 'waiting':
        return new Waiting(contact);
      case 'talking':
        return new Conversation(contact, (title) => say(this.#title, title));
      case 'ended':
        return new Ended(contact, () => {
          this.#past = contact.id;
          this.#render();
          this.hide();
        });
      default:
        return new AskForm(this.#topic, this.pageTitle, () => this.#listenAnew());
    }
  }
}
