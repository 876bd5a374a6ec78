// @ts-check
// One end of av-sync.mjs: sends flashes and beeps that belong together, and notes when those of the other end are seen and heard.
// Its times are milliseconds on this page's performance.now.

const everyMs = 1_300;
const lengthMs = 100;
const aheadMs = 300;
const maxClockAgeMs = 1_000;

/** Tells when a clock of something else showed a time, from readings of which the fastest to arrive are the truest. */
class Clock {
  /** @type {{ at: number, offset: number }[]} */
  #readings = [];

  /** It shows `value` ms now, or did a moment ago. */
  read(/** @type {number} */ value) {
    const now = performance.now();
    this.#readings.push({ at: value, offset: now - value });
  }

  when(/** @type {number} */ value) {
    const near = this.#readings.filter(({ at }) => Math.abs(at - value) < maxClockAgeMs);
    return value + Math.min(...near.map(({ offset }) => offset));
  }
}

/** What was noted, to be told on the page's clock at the end. */
const noted = {
  /** @type {(() => number)[]} */ beeps: [],
  /** @type {(() => number)[]} */ flashes: [],
  /** @type {(() => number)[]} */ heard: [],
  /** @type {(() => number)[]} */ seen: [],
};

const connect = AudioNode.prototype.connect;
/** @type {Map<BaseAudioContext, Clock>} */
const contexts = new Map();

/** Taps all that a page plays. @this {AudioNode} */
function connectAndListen(/** @type {any} */ target, /** @type {any[]} */ ...rest) {
  if (target instanceof AudioDestinationNode) void listen(this, /** @type {AudioContext} */ (target.context));
  return /** @type {any} */ (connect).call(this, target, ...rest);
}
/** @type {any} */ (AudioNode.prototype).connect = connectAndListen;

async function listen(/** @type {AudioNode} */ node, /** @type {AudioContext} */ context) {
  const clock = contexts.get(context) ?? new Clock();
  contexts.set(context, clock);
  await context.audioWorklet.addModule('/onset-worklet.mjs');
  const onsets = new AudioWorkletNode(context, 'onsets', { numberOfOutputs: 0 });
  /** @type {any} */ (connect).call(node, onsets);
  onsets.port.onmessage = ({ data: { now, onset } }) => {
    if (now !== undefined) return clock.read(now * 1_000);
    // Web Audio API §1.2.4: the way to the device, and the device's own.
    const latency = context.baseLatency + context.outputLatency;
    noted.heard.push(() => clock.when(onset * 1_000) + latency * 1_000);
  };
}

/** @type {{ context: BaseAudioContext, gain: GainNode } | undefined} */
let beeper;

/** In the microphone's place comes a tone of which each sample's time is known in the very context that captures it. */
AudioContext.prototype.createMediaStreamSource = function () {
  const tone = new OscillatorNode(this, { frequency: 1_000 });
  const gain = new GainNode(this, { gain: 0 });
  tone.connect(gain);
  tone.start();
  beeper = { context: this, gain };
  return /** @type {any} */ (gain);
};

/** Finds where dark turns bright in pictures that come one after the other. */
function flashFinder() {
  const probe = new OffscreenCanvas(4, 4).getContext('2d', { willReadFrequently: true });
  let bright = true;
  return (/** @type {CanvasImageSource} */ picture) => {
    probe?.drawImage(picture, 0, 0, 4, 4);
    const [red = 0] = probe?.getImageData(1, 1, 1, 1).data ?? [];
    const before = bright;
    bright = red > 127;
    return bright && !before;
  };
}

const postMessage = Worker.prototype.postMessage;
const frames = new Clock();
const flashesCaptured = flashFinder();

/** Sees the captured frames on their way to the engine, whence they take their capture times. @this {Worker} */
function postAndLook(/** @type {any} */ message, /** @type {any} */ transfer) {
  if (message.type === 'frame') {
    const at = message.frame.timestamp / 1_000;
    frames.read(at);
    if (flashesCaptured(message.frame)) noted.flashes.push(() => frames.when(at));
  }
  return postMessage.call(this, message, transfer);
}
/** @type {any} */ (Worker.prototype).postMessage = postAndLook;

/** Shows a remote video and notes its flashes. */
function watch(/** @type {any} */ track) {
  const video = document.body.appendChild(document.createElement('video'));
  Object.assign(video, { width: 320, height: 180 });
  track.attach(video);
  const flashes = flashFinder();
  const look = (/** @type {number} */ _now, /** @type {VideoFrameCallbackMetadata} */ { expectedDisplayTime }) => {
    if (flashes(video)) noted.seen.push(() => expectedDisplayTime);
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
}

/** Joins and begins. */
export async function start(/** @type {string} */ link) {
  const client = '/client/index.js';
  const { Room, linkKeys } = await import(client);
  const room = new Room({ keys: linkKeys(link) });
  room.on('trackSubscribed', (/** @type {any} */ { track }) => {
    if (track.kind === 'video') watch(track);
  });
  await room.connect(link, '');
  const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 });
  const silence = new AudioContext().createMediaStreamDestination();
  const me = room.localParticipant;
  await me.publishTrack(silence.stream.getAudioTracks()[0], { source: 'microphone' });
  await me.publishTrack(canvas.captureStream(30).getVideoTracks()[0], { source: 'camera' });
  flashAndBeep(canvas);
}

function flashAndBeep(/** @type {HTMLCanvasElement} */ canvas) {
  const picture = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  let next = performance.now() + everyMs;
  let beeped = false;
  setInterval(() => {
    const now = performance.now();
    picture.fillStyle = now >= next && now < next + lengthMs ? '#fff' : '#000';
    picture.fillRect(0, 0, canvas.width, canvas.height);
    const clock = beeper && contexts.get(beeper.context);
    if (beeper && clock && !beeped && now > next - aheadMs) {
      beeped = true;
      const { context, gain } = beeper;
      const at = context.currentTime + (next - now) / 1_000;
      gain.gain.setValueAtTime(0.5, at).setValueAtTime(0, at + lengthMs / 1_000);
      noted.beeps.push(() => clock.when(at * 1_000));
    }
    if (now > next + aheadMs) {
      next += everyMs;
      beeped = false;
    }
  }, 1_000 / 60);
}

/** All times, in milliseconds since the epoch. */
export function results() {
  return Object.fromEntries(
    Object.entries(noted).map(([kind, times]) => [kind, times.map((time) => performance.timeOrigin + time())]),
  );
}
