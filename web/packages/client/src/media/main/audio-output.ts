type SinkContext = AudioContext & { setSinkId?(id: string): Promise<void> };

/** Where a context's sound goes: the system's device, or one that was chosen. */
export class AudioOutput {
  /** Connect sources here. */
  readonly node: GainNode;
  #element: HTMLAudioElement | undefined;

  constructor(private readonly context: SinkContext) {
    this.node = new GainNode(context);
    this.node.connect(context.destination);
  }

  /** '' is the system's default. False where the browser can't; rejects if the device is gone or refused. */
  async setSinkId(deviceId: string): Promise<boolean> {
    if (this.context.setSinkId) {
      await this.context.setSinkId(deviceId);
      return true;
    }
    if (!('setSinkId' in HTMLMediaElement.prototype)) return false;
    await this.#setElementSink(deviceId);
    return true;
  }

  close(): void {
    this.node.disconnect();
    this.#release();
  }

  /** Firefox: only media elements choose their device. The detour costs some delay, so the default goes without. */
  async #setElementSink(deviceId: string): Promise<void> {
    if (deviceId === '') {
      this.node.disconnect();
      this.node.connect(this.context.destination);
      this.#release();
      return;
    }
    const element = this.#element ?? new Audio();
    await element.setSinkId(deviceId);
    if (this.#element) return;
    const destination = this.context.createMediaStreamDestination();
    element.srcObject = destination.stream;
    await element.play();
    this.#element = element;
    this.node.disconnect();
    this.node.connect(destination);
  }

  #release(): void {
    this.#element?.pause();
    if (this.#element) this.#element.srcObject = null;
    this.#element = undefined;
  }
}
