import { probeCodecs, type CodecSupport } from '../media/codecs.js';
import { serveTicks } from '../media/worker/ticks.js';
import { checkConnection } from './connection-check.js';
import { encrypted } from './encrypted.js';
import { Failure } from './failure.js';
import { Meeting } from './meeting.js';
import { Page, type PagePort } from './page.js';
import type { Profile } from './profile.js';
import type { ConnectRequest, PageRequest } from './protocol.js';
import { Publisher } from './publisher.js';
import { Unencrypted } from './unencrypted.js';

/** Everything of a room that is not the page's: one an engine worker, for one `connect`. */
export class Engine {
  readonly #page: Page;
  #ready: Promise<{ codecs: CodecSupport; publisher: Publisher }> | undefined;
  #publisher: Publisher | undefined;
  #meeting: Meeting | undefined;
  #profile: Profile = { name: '', attributes: {} };

  constructor(port: PagePort) {
    this.#page = new Page(port);
    this.#page.listen({
      request: (request) => this.#handle(request),
      frame: (key, frame) => (this.#publisher ? this.#publisher.push(key, frame) : frame.close()),
      wantedHeight: (track, height) => this.#meeting?.setWantedHeight(track, height),
      ticks: serveTicks,
    });
  }

  async #handle(request: PageRequest): Promise<unknown> {
    switch (request.method) {
      case 'connect':
        return this.#connect(request);
      case 'disconnect':
        return this.#meeting?.disconnect();
      case 'publish':
        return (await this.#prepare()).publisher.add(request);
      case 'unpublish':
        return (await this.#prepare()).publisher.remove(request.key);
      case 'setMuted':
        return (await this.#prepare()).publisher.setMuted(request.key, request.muted);
      case 'subscribe':
        return this.#joined().subscribe(request.track, request.demand);
      case 'unsubscribe':
        return this.#joined().unsubscribe(request.track);
      case 'sendData':
        return this.#joined().sendData(request);
      case 'setProfile':
        this.#profile = { name: request.name, attributes: request.attributes };
        return this.#meeting?.setProfile(this.#profile);
      case 'setHand':
        return this.#joined().setHand(request.raised);
      case 'moderate':
        return this.#joined().moderate(request.command);
      case 'verify':
        return this.#joined().verify(request.identity, request.step);
      case 'stats':
        return this.#joined().stats();
      case 'checkConnection':
        return checkConnection(request.origin);
    }
  }

  async #connect(request: ConnectRequest): Promise<void> {
    const { secret, host, identity, decisions } = request;
    const [{ codecs, publisher }, security] = await Promise.all([
      this.#prepare(),
      secret ? encrypted(request.room, secret, { host, identity, decisions }) : undefined,
    ]);
    this.#meeting = new Meeting({
      request,
      codecs,
      publisher,
      profile: this.#profile,
      page: this.#page,
      security: security ?? ((handlers) => new Unencrypted(handlers)),
    });
    await this.#meeting.connect();
  }

  /** Codecs are tried once, when they are first needed. */
  #prepare(): Promise<{ codecs: CodecSupport; publisher: Publisher }> {
    return (this.#ready ??= probeCodecs().then((codecs) => {
      const publisher = new Publisher(codecs, this.#page.emit, (frame) => this.#meeting?.sendFrame(frame));
      this.#publisher = publisher;
      return { codecs, publisher };
    }));
  }

  #joined(): Meeting {
    if (this.#meeting) return this.#meeting;
    throw new Failure('closed', 'The room is not connected.');
  }
}
