import type { PlayoutControl } from '../worklet/protocol.js';
import { AudioOutput } from './audio-output.js';
import { LevelMeter } from './capture-audio.js';
import { addWorklet } from './worklet-module.js';

const sampleRate = 48_000;
const maxVolume = 2;
const latencyMs = 2_000;
/** How long a context may take to start before it counts as blocked. */
const startMs = 500;

export interface AudioPlayoutOptions {
  /** Address of the bundled playout worklet. */
  readonly workletUrl: string | URL;
  /** The browser waits for a user gesture before it plays (false), or plays (true). */
  onCanPlayChange?(canPlay: boolean): void;
}

interface PlayoutTrack {
  readonly node: AudioWorkletNode;
  readonly gain: GainNode;
  meter: LevelMeter | undefined;
}

/** All remote sound: one AudioContext, one worklet node per track. */
export class AudioPlayout {
  /** 48 kHz; also for `captureAudio`. */
  readonly context = new AudioContext({ sampleRate, latencyHint: 'interactive' });
  readonly #output = new AudioOutput(this.context);
  readonly #tracks = new Map<string, PlayoutTrack>();
  /** Being added; what was removed meanwhile is not here any more. */
  readonly #adding = new Map<string, symbol>();
  readonly #timer: ReturnType<typeof setInterval>;
  #canPlay = true;
  #outputLatencyMs = 0;

  constructor(private readonly options: AudioPlayoutOptions) {
    this.context.onstatechange = () => this.#checkState();
    this.#timer = setInterval(() => this.#updateLatency(), latencyMs);
  }

  /** False while there is something to play and the browser does not allow it. */
  get canPlay(): boolean {
    return this.#canPlay;
  }

  /**
   * Adds a track and resolves with the port to transfer to the worker's `AudioReceiver`. Rejects if the worklet can't be loaded. The port of
   * a track that was removed before then leads nowhere.
   */
  async add(id: string, channels: 1 | 2 = 1): Promise<MessagePort> {
    this.remove(id);
    const { port1, port2 } = new MessageChannel();
    const adding = Symbol(id);
    this.#adding.set(id, adding);
    await addWorklet(this.context, this.options.workletUrl);
    if (this.#adding.get(id) !== adding) return port2;
    this.#adding.delete(id);
    const node = new AudioWorkletNode(this.context, 'confab-playout', {
      numberOfInputs: 0,
      numberOfOutputs: 1,
      outputChannelCount: [channels],
      processorOptions: { channels },
    });
    const gain = new GainNode(this.context);
    node.connect(gain).connect(this.#output.node);
    this.#tracks.set(id, { node, gain, meter: undefined });
    control(node, { kind: 'input', port: port1 }, [port1]);
    control(node, { kind: 'output-latency', ms: this.#outputLatencyMs });
    void this.#resume().then(() => this.#checkState());
    return port2;
  }

  remove(id: string): void {
    this.#adding.delete(id);
    const track = this.#tracks.get(id);
    if (!track) return;
    this.#tracks.delete(id);
    control(track.node, { kind: 'stop' });
    track.node.disconnect();
    track.gain.disconnect();
  }

  /** 0 silent … 1 as sent … 2 at most. */
  setVolume(id: string, volume: number): void {
    const gain = this.#tracks.get(id)?.gain.gain;
    // A short glide instead of a step, which would click.
    gain?.setTargetAtTime(Math.min(maxVolume, Math.max(0, volume)), this.context.currentTime, 0.015);
  }

  /** Loudness 0…1 of a track as it is heard now, before its volume; 0 for an unknown one. */
  level(id: string): number {
    const track = this.#tracks.get(id);
    if (!track) return 0;
    if (!track.meter) {
      track.meter = new LevelMeter(this.context);
      track.node.connect(track.meter.node);
    }
    return track.meter.level();
  }

  /** Output device; '' is the system's default. False where the browser can't; rejects if the device is gone or refused. */
  async setSinkId(deviceId: string): Promise<boolean> {
    const able = await this.#output.setSinkId(deviceId);
    this.#updateLatency();
    return able;
  }

  /** Call from a user gesture when `canPlay` is false. */
  async start(): Promise<void> {
    await this.#resume();
    this.#checkState();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.context.onstatechange = null;
    for (const id of [...this.#tracks.keys(), ...this.#adding.keys()]) this.remove(id);
    this.#output.close();
    if (this.context.state !== 'closed') await this.context.close();
  }

  /** Without permission `resume` stays pending until there is some. */
  async #resume(): Promise<void> {
    if (this.context.state === 'running' || this.context.state === 'closed') return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, startMs);
    });
    await Promise.race([this.context.resume().catch(() => {}), late]);
    clearTimeout(timer);
  }

  #checkState(): void {
    this.#updateLatency();
    const canPlay = this.context.state === 'running' || this.#tracks.size === 0;
    if (canPlay === this.#canPlay) return;
    this.#canPlay = canPlay;
    this.options.onCanPlayChange?.(canPlay);
  }

  #updateLatency(): void {
    // The way to the device, and the device's own (Web Audio API §1.2.4); Safari tells the first only.
    const { baseLatency, outputLatency = 0 } = this.context;
    const ms = Math.round((baseLatency + outputLatency) * 1_000);
    if (Math.abs(ms - this.#outputLatencyMs) < 2) return;
    this.#outputLatencyMs = ms;
    for (const { node } of this.#tracks.values()) control(node, { kind: 'output-latency', ms });
  }
}

function control(node: AudioWorkletNode, message: PlayoutControl, transfer: Transferable[] = []): void {
  node.port.postMessage(message, transfer);
}
