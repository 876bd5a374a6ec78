/** AudioWorkletGlobalScope, which TypeScript's libraries do not declare. */
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
  constructor(options?: AudioWorkletNodeOptions);
}
declare function registerProcessor(
  name: string,
  processor: new (options: AudioWorkletNodeOptions) => AudioWorkletProcessor & {
    process(inputs: Float32Array<ArrayBuffer>[][], outputs: Float32Array<ArrayBuffer>[][]): boolean;
  },
): void;
declare const sampleRate: number;
declare const currentTime: number;
