import { RoomError, type KeyProvider, type RoomErrorCode, type TokenSource } from '@confab/client';
import { version, type Method, type Ready, type Setup, type ToFrame, type ToPage } from './embed-protocol.js';

/** What the frame may ask the browser for; its own policy allows the same (spec/embed.md §1). */
const allowed =
  'camera; microphone; display-capture; fullscreen; autoplay; speaker-selection; screen-wake-lock; clipboard-write';

export interface EmbedOptions extends Omit<Setup, 'secret' | 'host' | 'token'> {
  /** Address of a node, `https://meet.example.com`; without it, the origin of `url`. Its page `/embed` is shown. */
  readonly server?: string;
  /** Without them, those of the fragment of `url`. */
  readonly keys?: KeyProvider;
  readonly token?: TokenSource;
  /** Accessible name of the frame. Default: "Video call". */
  readonly title?: string;
}

/**
 * A meeting in a frame. Events are those of `<confab-room>`, with what can be copied of their details. Listen by
 * `addEventListener`; `confab-ready` tells that the frame is there.
 */
export interface Embed extends EventTarget {
  readonly frame: HTMLIFrameElement;
  /** Rejects with a RoomError. */
  join(): Promise<void>;
  leave(): Promise<void>;
  setMicrophoneEnabled(on: boolean): Promise<void>;
  setCameraEnabled(on: boolean): Promise<void>;
  setScreenShareEnabled(on: boolean): Promise<void>;
  /** Leaves and takes the frame out of the page. */
  destroy(): void;
}

/** Shows a meeting in an iframe inside `parent`. Nothing of Confab runs in the page itself, and the frame can't read the page. */
export function createEmbed(parent: Element, options: EmbedOptions): Embed {
  return new FrameEmbed(parent, options);
}

class FrameEmbed extends EventTarget implements Embed {
  readonly frame: HTMLIFrameElement;
  readonly #origin: string;
  readonly #options: EmbedOptions;
  readonly #calls = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  readonly #ended = new AbortController();
  #port: MessagePort | undefined;
  /** What is said before the frame knows the meeting; undefined afterwards. */
  #early: ToFrame[] | undefined = [];
  #lastId = 0;

  constructor(parent: Element, options: EmbedOptions) {
    super();
    this.#options = options;
    const page = new URL('/embed', options.server ?? options.url);
    this.#origin = page.origin;
    addEventListener('message', (event) => this.#heard(event), { signal: this.#ended.signal });
    this.frame = document.createElement('iframe');
    this.frame.src = page.href;
    this.frame.allow = allowed;
    this.frame.title = options.title ?? 'Video call';
    this.frame.style.cssText = 'border: 0; width: 100%; height: 100%;';
    parent.append(this.frame);
  }

  join(): Promise<void> {
    return this.#call('join');
  }
  leave(): Promise<void> {
    return this.#call('leave');
  }
  setMicrophoneEnabled(on: boolean): Promise<void> {
    return this.#call('setMicrophoneEnabled', on);
  }
  setCameraEnabled(on: boolean): Promise<void> {
    return this.#call('setCameraEnabled', on);
  }
  setScreenShareEnabled(on: boolean): Promise<void> {
    return this.#call('setScreenShareEnabled', on);
  }

  destroy(): void {
    this.#ended.abort();
    this.#port?.close();
    this.frame.remove();
    this.#giveUp('The frame was taken away.');
  }

  #giveUp(why: string): void {
    for (const { reject } of this.#calls.values()) reject(new RoomError('closed', why));
    this.#calls.clear();
  }

  #heard(event: MessageEvent): void {
    if (event.source !== this.frame.contentWindow || event.origin !== this.#origin) return;
    const ready = event.data as Ready | null;
    if (ready?.confab !== 'ready') return;
    if (this.#port) {
      this.#port.close();
      this.#early = [];
      this.#giveUp('The frame was loaded anew.');
    }
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }: MessageEvent<ToPage>) => void this.#told(data);
    this.frame.contentWindow!.postMessage({ confab: 'connect', version }, this.#origin, [port2]);
  }

  async #told(message: ToPage): Promise<void> {
    switch (message.type) {
      case 'hello':
        this.#post({ type: 'setup', setup: this.#setup() });
        for (const early of this.#early ?? []) this.#post(early);
        this.#early = undefined;
        this.dispatchEvent(new CustomEvent('confab-ready', { detail: {} }));
        return;
      case 'event':
        this.dispatchEvent(new CustomEvent(message.name, { detail: message.detail }));
        return;
      case 'result': {
        const call = this.#calls.get(message.id);
        this.#calls.delete(message.id);
        if (message.error) call?.reject(new RoomError(message.error.code as RoomErrorCode, message.error.message));
        else call?.resolve();
        return;
      }
      case 'token-wanted': {
        const answer: { token?: string; error?: string } = await this.#token();
        this.#post({ type: 'token', id: message.id, ...answer });
      }
    }
  }

  async #token(): Promise<{ token?: string; error?: string }> {
    const { token = '' } = this.#options;
    try {
      return { token: typeof token === 'string' ? token : await token({ signal: this.#ended.signal }) };
    } catch (cause) {
      return { error: cause instanceof Error ? cause.message : String(cause) };
    }
  }

  #setup(): Setup {
    const { keys, token, ...rest } = this.#options;
    return {
      ...rest,
      ...(keys && { secret: keys.secret, ...(keys.host && { host: keys.host }) }),
      ...(token !== undefined && { token: typeof token === 'string' ? token : true }),
    };
  }

  #call(method: Method, on?: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      this.#calls.set(id, { resolve, reject });
      const call: ToFrame = { type: 'call', id, method, ...(on !== undefined && { on }) };
      if (this.#early) this.#early.push(call);
      else this.#post(call);
    });
  }

  #post(message: ToFrame): void {
    this.#port?.postMessage(message);
  }
}
