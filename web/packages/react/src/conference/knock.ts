/** Two short soft tones: somebody is at the door. Silent where the browser plays no sound yet. */
export function knock(): void {
  const context = new AudioContext();
  const end = context.currentTime + 0.5;
  for (const [frequency, at] of [
    [660, 0],
    [880, 0.16],
  ] as const) {
    const tone = new OscillatorNode(context, { frequency });
    const loudness = new GainNode(context, { gain: 0 });
    const start = context.currentTime + at;
    loudness.gain.setValueAtTime(0, start);
    loudness.gain.linearRampToValueAtTime(0.12, start + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.001, start + 0.28);
    tone.connect(loudness).connect(context.destination);
    tone.start(start);
    tone.stop(end);
    tone.onended = () => void context.close();
  }
}
