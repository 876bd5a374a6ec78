import type { CaptureControl, ReleasedPort } from '../worklet/protocol.js';
import { addWorklet } from './worklet-module.js';

export interface AudioCaptureOptions {
  /** Address of the bundled capture worklet. */
  readonly workletUrl: string | URL;
  /** Default 1; 2 for screen audio. */
  readonly channels?: 1 | 2;
}

export interface AudioCapture {
  /** Carries `CaptureBlock`s; transfer it to the worker's `AudioSender`. */
  readonly port: MessagePort;
  /** While true nothing at all is sent. */
  muted: boolean;
  /** Loudness 0…1 right now, also while muted. Cheap: for an animation frame. */
  level(): number;
  /** Goes on with another track, unless `stop` is called meanwhile; the old one is not stopped. Rejects if it can't, and goes on as before. */
  replaceTrack(track: MediaStreamTrack): Promise<void>;
  /** Does not stop the track. */
  stop(): void;
}

/** Captures a track as 20 ms blocks at 48 kHz. `context` is used if it can take the track at its sample rate, else an own one. */
export async function captureAudio(
  track: MediaStreamTrack,
  context: AudioContext,
  options: AudioCaptureOptions,
): Promise<AudioCapture> {
  const { port1, port2 } = new MessageChannel();
  let graph = await CaptureGraph.open(track, context, options);
  graph.sendTo(port1);
  let muted = false;
  let stopped = false;

  return {
    port: port2,
    get muted() {
      return muted;
    },
    set muted(value) {
      muted = value;
      graph.mute(muted);
    },
    level: () => graph.level(),
    async replaceTrack(next) {
      const opened = await CaptureGraph.open(next, context, options);
      opened.mute(muted);
      // A graph that was closed has no port to give any more.
      const port = stopped ? undefined : await graph.release();
      if (!port || stopped) return opened.close();
      opened.sendTo(port);
      graph.close();
      graph = opened;
      graph.mute(muted);
    },
    stop() {
      stopped = true;
      graph.close();
    },
  };
}

/** Loudness on a scale that looks even: 0 for −60 dB and below, 1 for full scale. */
export class LevelMeter {
  readonly #samples = new Float32Array(512);
  readonly node: AnalyserNode;

  constructor(context: BaseAudioContext) {
    this.node = new AnalyserNode(context, { fftSize: this.#samples.length });
  }

  level(): number {
    this.node.getFloatTimeDomainData(this.#samples);
    let sum = 0;
    for (const sample of this.#samples) sum += sample * sample;
    const decibels = 10 * Math.log10(sum / this.#samples.length + 1e-12);
    return Math.min(1, Math.max(0, 1 + decibels / 60));
  }
}

/** Track → worklet, and track → meter, in one context. */
class CaptureGraph {
  #released: ((port: MessagePort | undefined) => void) | undefined;

  private constructor(
    private readonly context: AudioContext,
    private readonly owned: boolean,
    private readonly source: MediaStreamAudioSourceNode,
    private readonly meter: LevelMeter,
    private readonly node: AudioWorkletNode,
  ) {}

  static async open(
    track: MediaStreamTrack,
    shared: AudioContext,
    options: AudioCaptureOptions,
  ): Promise<CaptureGraph> {
    const stream = new MediaStream([track]);
    let context = shared;
    let source: MediaStreamAudioSourceNode;
    try {
      source = context.createMediaStreamSource(stream);
    } catch {
      // Firefox takes a device only into a context of its own sample rate.
      context = new AudioContext({ latencyHint: 'interactive' });
      source = context.createMediaStreamSource(stream);
    }
    try {
      await addWorklet(context, options.workletUrl);
    } catch (error) {
      if (context !== shared) context.close().catch(() => {});
      throw error;
    }
    const channels = options.channels ?? 1;
    const node = new AudioWorkletNode(context, 'confab-capture', {
      numberOfInputs: 1,
      numberOfOutputs: 1,
      outputChannelCount: [1],
      channelCount: channels,
      channelCountMode: 'explicit',
      processorOptions: { channels },
    });
    const meter = new LevelMeter(context);
    source.connect(meter.node);
    source.connect(node);
    // Its output is silent, but only what leads to the destination is sure to run.
    node.connect(context.destination);
    context.resume().catch(() => {});
    return new CaptureGraph(context, context !== shared, source, meter, node);
  }

  sendTo(port: MessagePort): void {
    this.#control({ kind: 'output', port }, [port]);
  }

  mute(muted: boolean): void {
    this.#control({ kind: 'mute', muted });
  }

  level(): number {
    return this.meter.level();
  }

  /** Takes the port back from the worklet; undefined when it is closed meanwhile. */
  release(): Promise<MessagePort | undefined> {
    return new Promise((resolve) => {
      this.#released = resolve;
      this.node.port.onmessage = ({ data }: MessageEvent<ReleasedPort>) => resolve(data.port);
      this.#control({ kind: 'release' });
    });
  }

  close(): void {
    this.#released?.(undefined);
    this.#control({ kind: 'stop' });
    this.source.disconnect();
    this.node.disconnect();
    if (this.owned) this.context.close().catch(() => {});
  }

  #control(message: CaptureControl, transfer: Transferable[] = []): void {
    this.node.port.postMessage(message, transfer);
  }
}
