import type { DisconnectReason, DataReceived, LocalTrack, RoomError } from '@confab/client';
import type { ConfabRoomElement } from '@confab/element';
import { h } from './dom.js';
import { messageOf, post } from './request.js';
import type { Pass } from './views.js';

/** Messages between the two pages of a call have this topic; they are encrypted like everything else in it. */
const topic = 'support.screen';

/** The agent asks to see the page; the customer agrees or declines, and stops. */
export type ScreenMessage = 'ask' | 'yes' | 'no' | 'stopped';

export interface CallOptions {
  /** Where passes come from. */
  readonly pass: 'customer/pass' | 'desk/pass';
  readonly name: string;
  readonly controls: string;
  readonly camera: boolean;
  readonly layout: 'grid' | 'speaker';
  /** Shown while nobody else is there. */
  readonly alone: string;
  /** The person has left by the button. */
  readonly onLeft: () => void;
  readonly onMessage: (message: ScreenMessage) => void;
  /** Whether one's screen is shown. */
  readonly onScreen?: (shown: boolean) => void;
}

/** Reasons for which a call ends that the back end tells of by itself. */
const toldOtherwise: readonly DisconnectReason[] = ['client', 'ended', 'removed'];

/** One call: `<confab-room>` with what surrounds it while it connects, and when it fails. */
export class Call {
  readonly element = h('div', { class: 'call' });
  readonly #cover = h('div', { class: 'call-cover', role: 'status' });
  #room: ConfabRoomElement | undefined;
  #screen: LocalTrack | undefined;
  #over = false;

  constructor(readonly options: CallOptions) {
    void this.#enter();
  }

  /** Leaves the call and takes its element away. */
  close(): void {
    this.#over = true;
    this.#screen?.stop();
    this.element.remove();
    this.#room?.remove();
  }

  /** Sends a message to the others. One that is lost is asked for again by a person. */
  tell(message: ScreenMessage): void {
    void this.#room?.room?.localParticipant.publishData(message, { topic }).catch(() => {});
  }

  /** Shows this tab to the others, after the browser has asked. From a press of a button only. Rejects when it is declined. */
  async showTab(): Promise<void> {
    const room = this.#room?.room;
    if (!room) return;
    const stream = await navigator.mediaDevices.getDisplayMedia({
      video: { frameRate: { max: 15 } },
      audio: false,
      ...{ preferCurrentTab: true, selfBrowserSurface: 'include' },
    });
    const [track] = stream.getVideoTracks();
    if (!track) return;
    track.contentHint = 'detail';
    this.#screen = await room.localParticipant.publishTrack(track, { source: 'screen' });
    this.options.onScreen?.(true);
  }

  async hideTab(): Promise<void> {
    await this.#room?.setScreenShareEnabled(false);
  }

  async #enter(): Promise<void> {
    this.#say('Connecting…');
    try {
      const [first] = await Promise.all([this.#pass(), import('@confab/element')]);
      if (this.#over) return;
      const room = this.#makeRoom(first);
      this.#room?.remove();
      this.#room = room;
      this.element.prepend(room);
      await room.join();
      this.#cover.remove();
    } catch (cause) {
      this.#fail(messageOf(cause));
    }
  }

  #makeRoom(first: Pass): ConfabRoomElement {
    const { name, controls, layout, camera, alone } = this.options;
    const room = document.createElement('confab-room');
    room.keys = { secret: Uint8Array.from(atob(first.secret), (c) => c.charCodeAt(0)) };
    // A token lets in for some minutes: whoever has to enter again gets another.
    let unused: string | undefined = first.token;
    room.tokenSource = async () => {
      const token = unused ?? (await this.#pass()).token;
      unused = undefined;
      return token;
    };
    const attributes = { 'display-name': name, controls, layout, lang: 'en', theme: 'auto', url: first.url };
    for (const [attribute, value] of Object.entries(attributes)) room.setAttribute(attribute, value);
    room.toggleAttribute('camera-off', !camera);
    room.append(h('p', { slot: 'empty', class: 'call-alone' }, alone));
    this.#listenTo(room);
    return room;
  }

  #listenTo(room: ConfabRoomElement): void {
    const on = <T>(name: string, heard: (detail: T) => void): void =>
      room.addEventListener(`confab-${name}`, (event) => {
        if (!this.#over) heard((event as CustomEvent<T>).detail);
      });
    on<DataReceived>('data-received', (message) => {
      if (message.topic === topic) this.options.onMessage(message.text as ScreenMessage);
    });
    on<{ track: LocalTrack }>('local-track-published', ({ track }) => {
      if (track.source === 'screen') this.options.onScreen?.(true);
    });
    on<{ track: LocalTrack }>('local-track-unpublished', ({ track }) => {
      if (track.source !== 'screen') return;
      this.#screen = undefined;
      this.tell('stopped');
      this.options.onScreen?.(false);
    });
    on<{ reason: DisconnectReason; error?: RoomError }>('disconnected', ({ reason, error }) => {
      if (reason === 'client') this.options.onLeft();
      if (!toldOtherwise.includes(reason)) this.#fail(error?.message ?? 'The call was interrupted.');
    });
  }

  #pass(): Promise<Pass> {
    return post<Pass>(this.options.pass);
  }

  #say(text: string): void {
    this.#cover.replaceChildren(h('span', { class: 'spinner' }), h('p', {}, text));
    this.element.append(this.#cover);
  }

  #fail(text: string): void {
    if (this.#over) return;
    const again = h('button', { class: 'button primary', onclick: () => void this.#enter() }, 'Try again');
    this.#cover.replaceChildren(h('p', {}, text), again);
    this.element.append(this.#cover);
  }
}
