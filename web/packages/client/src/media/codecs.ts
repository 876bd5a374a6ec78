import { encoderConfig } from './codec-config.js';
import type { VideoCodec } from './types.js';

/** What this browser encodes and decodes. */
export interface CodecSupport {
  readonly encode: readonly VideoCodec[];
  readonly decode: readonly VideoCodec[];
  /** Encodable in two temporal layers. */
  readonly temporalLayers: readonly VideoCodec[];
  readonly opus: boolean;
}

/** VP8 first: it costs half of VP9 to encode, and every engine does it well. */
export const defaultCodecs: readonly VideoCodec[] = ['vp8', 'vp9', 'h264', 'av1'];

const shape = { width: 160, height: 96, bitrate: 100_000, framerate: 15, screen: false, temporalLayers: true };
const tryMs = 3_000;
/** An encoder that took a few frames and gives nothing for so long is not one for live video. */
const idleMs = 300;

/**
 * Really encodes and decodes a few small frames with each codec, because `isConfigSupported` says yes too easily. Needs a window or a
 * worker with WebCodecs; without, nothing is supported. Takes a few tenths of a second.
 */
export async function probeCodecs(): Promise<CodecSupport> {
  const encode: VideoCodec[] = [];
  const decode: VideoCodec[] = [];
  const temporalLayers: VideoCodec[] = [];
  if (typeof VideoEncoder === 'undefined' || typeof VideoDecoder === 'undefined') {
    return { encode, decode, temporalLayers, opus: false };
  }
  const [opus, ...tried] = await Promise.all([supportsOpus(), ...defaultCodecs.map(tryCodec)]);
  defaultCodecs.forEach((codec, i) => {
    const able = tried[i]!;
    if (able.encode) encode.push(codec);
    if (able.decode) decode.push(codec);
    if (able.temporalLayers) temporalLayers.push(codec);
  });
  return { encode, decode, temporalLayers, opus };
}

interface Ability {
  readonly encode: boolean;
  readonly decode: boolean;
  readonly temporalLayers: boolean;
}

async function tryCodec(codec: VideoCodec): Promise<Ability> {
  // WebKitGTK's AV1 encoder aborts the process.
  const encoded = codec === 'av1' && isWebKit() ? undefined : await tryEncode(codec);
  if (!encoded) {
    return { encode: false, decode: await decodes(encoderConfig(codec, shape).codec), temporalLayers: false };
  }
  const able = await tryDecode(encoded);
  return { encode: able, decode: able, temporalLayers: able && encoded.temporalLayers };
}

/**
 * Codecs of `preference` that we encode and every remote decodes, best first. If there is none, those that most remotes decode: the
 * others then see that this track can't be decoded.
 */
export function chooseCodecs(
  encode: readonly VideoCodec[],
  remotes: readonly (readonly string[])[],
  preference: readonly VideoCodec[] = defaultCodecs,
): VideoCodec[] {
  const decoders = (codec: VideoCodec): number => remotes.filter((codecs) => codecs.includes(codec)).length;
  const ours = preference.filter((codec) => encode.includes(codec));
  const common = ours.filter((codec) => decoders(codec) === remotes.length);
  return common.length > 0 ? common : ours.sort((a, b) => decoders(b) - decoders(a));
}

/** Safari and the other WebKits, not Chromium, which also says AppleWebKit. */
export function isWebKit(): boolean {
  return /AppleWebKit/.test(navigator.userAgent) && !/Chrom(e|ium)/.test(navigator.userAgent);
}

interface Encoded {
  readonly chunks: readonly EncodedVideoChunk[];
  readonly config: VideoDecoderConfig;
  readonly temporalLayers: boolean;
}

async function tryEncode(codec: VideoCodec): Promise<Encoded | undefined> {
  for (const temporalLayers of [true, false]) {
    const encoded = await tryEncodeConfig(encoderConfig(codec, { ...shape, temporalLayers })).catch(() => undefined);
    if (encoded) return encoded;
  }
  return undefined;
}

async function tryEncodeConfig(config: VideoEncoderConfig): Promise<Encoded | undefined> {
  if (!(await VideoEncoder.isConfigSupported(config)).supported) return undefined;
  const chunks: EncodedVideoChunk[] = [];
  let decoderConfig: VideoDecoderConfig | undefined;
  let layered = false;
  const encoder = new VideoEncoder({
    output: (chunk, metadata) => {
      chunks.push(chunk);
      decoderConfig ??= metadata?.decoderConfig;
      if (metadata?.svc?.temporalLayerId === 1) layered = true;
    },
    error: () => {},
  });
  try {
    encoder.configure(config);
    for (let i = 0; i < 4; i++) {
      const frame = testFrame(i);
      encoder.encode(frame, { keyFrame: i === 0 });
      frame.close();
    }
    await answer(encoder, () => chunks.length > 0);
    // Firefox's H.264 looks two seconds ahead: a call can't wait for it.
    if (chunks.length === 0) return undefined;
    await within(encoder.flush());
  } finally {
    if (encoder.state !== 'closed') encoder.close();
  }
  if (chunks.length === 0 || chunks[0]!.type !== 'key' || !decoderConfig) return undefined;
  return { chunks, config: decoderConfig, temporalLayers: layered };
}

async function tryDecode({ chunks, config }: Encoded): Promise<boolean> {
  let frames = 0;
  const decoder = new VideoDecoder({
    output: (frame) => {
      if (frame.displayWidth === shape.width && frame.displayHeight === shape.height) frames++;
      frame.close();
    },
    error: () => {},
  });
  try {
    decoder.configure({ ...config, optimizeForLatency: true });
    for (const chunk of chunks) decoder.decode(chunk);
    await within(decoder.flush());
  } catch {
    return false;
  } finally {
    if (decoder.state !== 'closed') decoder.close();
  }
  return frames > 0;
}

async function decodes(codec: string): Promise<boolean> {
  try {
    return (await VideoDecoder.isConfigSupported({ codec })).supported === true;
  } catch {
    return false;
  }
}

async function supportsOpus(): Promise<boolean> {
  if (typeof AudioEncoder === 'undefined' || typeof AudioDecoder === 'undefined') return false;
  const config = { codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 };
  try {
    const [encoder, decoder] = await Promise.all([
      AudioEncoder.isConfigSupported({ ...config, bitrate: 32_000 }),
      AudioDecoder.isConfigSupported(config),
    ]);
    return encoder.supported === true && decoder.supported === true;
  } catch {
    return false;
  }
}

function testFrame(index: number): VideoFrame {
  const { width, height } = shape;
  const pixels = new Uint8Array((width * height * 3) / 2).fill(128);
  for (let i = 0; i < width * height; i++) pixels[i] = (i + 8 * index) & 0xff;
  return new VideoFrame(pixels, { format: 'I420', codedWidth: width, codedHeight: height, timestamp: index * 66_667 });
}

/** Until the encoder gave something, or has nothing left to do. */
async function answer(encoder: VideoEncoder, given: () => boolean): Promise<void> {
  const end = performance.now() + tryMs;
  let busyMs = performance.now();
  while (!given() && performance.now() < end && performance.now() - busyMs < idleMs) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (encoder.encodeQueueSize > 0) busyMs = performance.now();
  }
}

async function within(work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the codec does not answer')), tryMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
