import type { CaptureOptions, KeyProvider, LocalTrack, Room, TokenSource } from '@confab/client';
import { ConfabRoot, Meeting, type ControlName, type PartialStrings, type Preferences } from '@confab/react';
import styles from '@confab/react/styles.css';
import { createRoot, type Root } from 'react-dom/client';
import { elementEvent, roomEvents } from './events.js';

const hostStyles = ':host { display: block; block-size: 600px; } :host([hidden]) { display: none; }';

/** Names of controls in the attribute `controls`, besides the components' own. */
const shortNames: Readonly<Record<string, ControlName>> = { mic: 'microphone' };

let sheet: CSSStyleSheet | undefined;

/**
 * `<confab-room>`: a meeting in a page of any framework or none, from the question for a name to the end of the call.
 *
 * Attributes: `url` (the meeting's link, or a node's address), `token`, `display-name`, `lang`, `theme`
 * (auto, light, dark), `layout` (grid, speaker), `autojoin`, `muted`, `camera-off`, `controls` (a list of mic, camera,
 * screen, layout, chat, people, settings, leave). `invite` shows the link to copy. Changing `url` leaves the meeting.
 *
 * Events are the room's, `participantConnected` as `confab-participant-connected`, with the room's object as `detail`;
 * they bubble and cross shadow trees. Slots: `prejoin`, `toolbar-start`, `toolbar-end`, `empty`, `ended`. Parts: `stage`,
 * `tile`, `name`, `toolbar`, `button`, `panel`, `toast`. Custom properties: `--confab-bg`, `-surface`, `-fg`, `-muted-fg`,
 * `-accent`, `-accent-fg`, `-danger`, `-radius`, `-gap`, `-font`.
 */
export class ConfabRoomElement extends HTMLElement {
  static readonly observedAttributes = [
    'url',
    'token',
    'display-name',
    'lang',
    'theme',
    'layout',
    'autojoin',
    'muted',
    'camera-off',
    'controls',
    'invite',
  ];

  #keys: KeyProvider | undefined;
  #tokenSource: TokenSource | undefined;
  #strings: PartialStrings | undefined;
  #root: Root | undefined;
  #room: Room | undefined;
  /** Another number mounts the meeting anew. */
  #visit = 0;
  #joinNow = false;
  #joining: { resolve: (room: Room) => void; reject: (error: Error) => void } | undefined;
  #planned = false;

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: 'open' });
    if (!sheet) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(hostStyles + styles);
    }
    shadow.adoptedStyleSheets = [sheet];
  }

  /** The room while joining and in the call. */
  get room(): Room | undefined {
    return this.#room;
  }

  /** The meeting's keys when they are not in the fragment of `url`. Set before joining. */
  get keys(): KeyProvider | undefined {
    return this.#keys;
  }
  set keys(keys: KeyProvider | undefined) {
    this.#keys = keys;
    this.#update();
  }

  /** Where join tokens come from; takes precedence over the attribute `token`. */
  get tokenSource(): TokenSource | undefined {
    return this.#tokenSource;
  }
  set tokenSource(source: TokenSource | undefined) {
    this.#tokenSource = source;
    this.#update();
  }

  /** Words in place of the catalogue's. */
  get strings(): PartialStrings | undefined {
    return this.#strings;
  }
  set strings(strings: PartialStrings | undefined) {
    this.#strings = strings;
    this.#update();
  }

  /** Joins without asking anything. Resolves in the call; rejects with a RoomError. */
  join(): Promise<Room> {
    this.#stopJoining('Joining was begun again.');
    return new Promise((resolve, reject) => {
      this.#joining = { resolve, reject };
      this.#joinNow = true;
      this.#visit++;
      this.#update();
    });
  }

  /** Leaves the call, if there is one. */
  async leave(): Promise<void> {
    await this.#room?.disconnect();
  }

  /** As {@link LocalParticipant.setMicrophoneEnabled}; rejects outside of a call. */
  setMicrophoneEnabled(on: boolean, o?: CaptureOptions): Promise<LocalTrack | undefined> {
    return this.#me((me) => me.setMicrophoneEnabled(on, o));
  }

  setCameraEnabled(on: boolean, o?: CaptureOptions): Promise<LocalTrack | undefined> {
    return this.#me((me) => me.setCameraEnabled(on, o));
  }

  setScreenShareEnabled(on: boolean, o?: { audio?: boolean }): Promise<LocalTrack | undefined> {
    return this.#me((me) => me.setScreenShareEnabled(on, o));
  }

  connectedCallback(): void {
    // What a page has set before this class was loaded is an own property, which hides the accessor.
    for (const name of ['keys', 'tokenSource', 'strings'] as const) {
      const { [name]: value } = this;
      Reflect.deleteProperty(this, name);
      Object.assign(this, { [name]: value });
    }
    if (!this.#root) {
      const place = document.createElement('div');
      place.style.height = '100%';
      this.shadowRoot!.replaceChildren(place);
      this.#root = createRoot(place);
    }
    this.#update();
  }

  disconnectedCallback(): void {
    // An element that is merely moved is connected again by then, and its call goes on.
    queueMicrotask(() => {
      if (this.isConnected || !this.#root) return;
      this.#root.unmount();
      this.#root = undefined;
      this.#room = undefined;
      this.#joinNow = false;
      this.#stopJoining('The element was taken away.');
    });
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (name === 'url' && before !== after) {
      this.#joinNow = false;
      this.#visit++;
    }
    this.#update();
  }

  #me<T>(act: (me: Room['localParticipant']) => Promise<T>): Promise<T> {
    if (!this.#room) return Promise.reject(new DOMException('There is no call: join first.', 'InvalidStateError'));
    return act(this.#room.localParticipant);
  }

  /** Renders once for all that changes in this task. */
  #update(): void {
    if (this.#planned || !this.#root) return;
    this.#planned = true;
    queueMicrotask(() => {
      this.#planned = false;
      this.#render();
    });
  }

  #render(): void {
    const url = this.getAttribute('url');
    if (!this.#root) return;
    if (!url) {
      this.#root.render(null);
      return;
    }
    const name = this.getAttribute('display-name');
    const theme = this.getAttribute('theme');
    const controls = this.getAttribute('controls');
    this.#root.render(
      <ConfabRoot
        {...(this.lang && { language: this.lang })}
        {...(theme && { theme: theme as Preferences['theme'] })}
        {...(this.#strings && { strings: this.#strings })}
      >
        <Meeting
          key={this.#visit}
          url={url}
          {...(this.#keys && { keys: this.#keys })}
          token={this.#tokenSource ?? this.getAttribute('token') ?? ''}
          {...(name && { name })}
          {...(this.hasAttribute('invite') && { link: url })}
          {...(controls !== null && { controls: controlsOf(controls) })}
          layout={this.getAttribute('layout') === 'speaker' ? 'speaker' : 'grid'}
          autoJoin={this.#joinNow || this.hasAttribute('autojoin')}
          startMuted={this.hasAttribute('muted')}
          startCameraOff={this.hasAttribute('camera-off')}
          beforeJoin={<slot name="prejoin" />}
          afterEnd={<slot name="ended" />}
          toolbarStart={<slot name="toolbar-start" />}
          toolbarEnd={<slot name="toolbar-end" />}
          {...(this.querySelector(':scope > [slot=empty]') && { empty: <slot name="empty" /> })}
          onRoom={(room) => this.#begun(room)}
          onJoined={(room) => {
            this.#joining?.resolve(room);
            this.#joining = undefined;
          }}
          onEnded={(_reason, error) => {
            this.#room = undefined;
            this.#stopJoining('The call has ended.', error);
          }}
        />
      </ConfabRoot>,
    );
  }

  #stopJoining(why: string, error: Error = new DOMException(why, 'AbortError')): void {
    this.#joining?.reject(error);
    this.#joining = undefined;
  }

  #begun(room: Room): void {
    this.#room = room;
    for (const name of roomEvents) {
      room.on(name, (detail: unknown) => {
        this.dispatchEvent(new CustomEvent(elementEvent(name), { detail, bubbles: true, composed: true }));
      });
    }
  }
}

function controlsOf(list: string): readonly ControlName[] {
  return list
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((name) => shortNames[name] ?? (name as ControlName));
}
