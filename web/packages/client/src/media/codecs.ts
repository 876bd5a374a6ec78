import type { VideoCodec } from './types.js';

/** What this browser encodes and decodes, best first. */
export interface CodecSupport {
  readonly encode: readonly VideoCodec[];
  readonly decode: readonly VideoCodec[];
  readonly opus: boolean;
}

/** Really encodes and decodes a small frame with each codec, because `isConfigSupported` says yes too easily. Worker or window. */
export declare function probeCodecs(): Promise<CodecSupport>;

/** Codecs of `preference` that we encode and every remote decodes, best first; if there are none, those most remotes decode. */
export declare function chooseCodecs(
  encode: readonly VideoCodec[],
  remotes: readonly (readonly string[])[],
  preference?: readonly VideoCodec[],
): VideoCodec[];
