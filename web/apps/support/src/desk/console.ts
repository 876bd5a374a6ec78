import { found, say } from '../parts/dom.js';
import { messageOf, post } from '../parts/request.js';
import { listen } from '../parts/stream.js';
import type { AgentView } from '../parts/views.js';
import { CallPane } from './call-pane.js';
import { Idle } from './idle.js';
import { IncomingTransfer } from './incoming.js';
import { Queue } from './queue.js';
import { WrapUp } from './wrap-up.js';

/** What the largest part of the console shows. */
export interface Pane {
  readonly element: HTMLElement;
  update(view: AgentView): void;
  close?(): void;
}

/** Sends something to the back end; what is refused is shown. */
export type Act = (path: string, body?: object) => Promise<boolean>;

/** The agent's console. */
export class Console {
  readonly #work = found('#work');
  readonly #available = found('#available');
  readonly #problem = found('#console-problem');
  readonly #queue: Queue;
  readonly #incoming: IncomingTransfer;
  readonly #over = new AbortController();
  readonly #stop: () => void;
  #pane: Pane | undefined;
  #shown = '';

  constructor(signedOut: () => void) {
    this.#queue = new Queue(this.#act);
    this.#incoming = new IncomingTransfer(this.#act);
    const { signal } = this.#over;
    const toggle = (): void => {
      void this.#act('available', { on: this.#available.getAttribute('aria-checked') !== 'true' });
    };
    this.#available.addEventListener('click', toggle, { signal });
    found('#sign-out').addEventListener('click', () => void this.#act('sign-out').then(signedOut), { signal });
    this.#stop = listen<AgentView>(
      'desk/events',
      (view) => this.#show(view),
      () => {
        signedOut();
        return false;
      },
    );
  }

  close(): void {
    this.#over.abort();
    this.#stop();
    this.#pane?.close?.();
    this.#work.replaceChildren();
    found('#console').hidden = true;
  }

  #act: Act = async (path, body = {}) => {
    say(this.#problem, '');
    try {
      await post(`desk/${path}`, body);
      return true;
    } catch (cause) {
      say(this.#problem, messageOf(cause));
      return false;
    }
  };

  #show(view: AgentView): void {
    found('#console').hidden = false;
    const { me } = view;
    say(found('#me-name'), me.name);
    say(found('#me-title'), me.title);
    say(found('#me-avatar'), me.name.charAt(0));
    this.#available.setAttribute('aria-checked', String(view.available));
    this.#queue.update(view);
    this.#incoming.update(view);
    this.#work.dataset.busy = String(view.call !== undefined);
    found('#console').dataset.busy = String(view.call !== undefined || view.wrapUp !== undefined);
    const waiting = view.queue.length;
    document.title = waiting > 0 && !view.call ? `(${waiting}) Desk · Filament` : 'Desk · Filament';
    this.#work.setAttribute('aria-label', view.call ? 'The call' : view.wrapUp ? 'The note' : 'The day');
    const { call, wrapUp } = view;
    const wanted =
      call?.state === 'talking' ? `call ${call.id} ${call.meeting}` : wrapUp ? `note ${wrapUp.id}` : 'idle';
    if (wanted !== this.#shown) {
      this.#pane?.close?.();
      if (call?.state === 'talking') this.#pane = new CallPane(call, me, this.#act);
      else if (wrapUp) this.#pane = new WrapUp(wrapUp, this.#act);
      else this.#pane = new Idle();
      this.#shown = wanted;
      this.#work.replaceChildren(this.#pane.element);
      this.#announce(view);
    }
    this.#pane?.update(view);
  }

  #announce({ call, wrapUp }: AgentView): void {
    if (call) say(found('#desk-said'), `In a call with ${call.name}.`);
    else if (wrapUp) say(found('#desk-said'), `The call with ${wrapUp.name} is over. Write a note about it.`);
    else say(found('#desk-said'), 'You are at the desk.');
  }
}
