/** Two short soft tones: somebody is at the door. Silent where the browser plays no sound yet. */
export function knock(): void {
  const context = new AudioContext();
  play(context, 660, 0);
  play(context, 880, 0.16).onended = () => void context.close();
}

/** `at`: seconds from now. */
function play(context: AudioContext, frequency: number, at: number): OscillatorNode {
  const tone = new OscillatorNode(context, { frequency });
  const loudness = new GainNode(context, { gain: 0 });
  const start = context.currentTime + at;
  loudness.gain.setValueAtTime(0, start);
  loudness.gain.linearRampToValueAtTime(0.12, start + 0.02);
  loudness.gain.exponentialRampToValueAtTime(0.001, start + 0.28);
  tone.connect(loudness).connect(context.destination);
  tone.start(start);
  tone.stop(start + 0.3);
  return tone;
}
