import { describe, expect, it } from 'vitest';
import { levelOf, VoiceDetector } from './level.js';

describe('levelOf', () => {
  it('is −dBov of the mean power', () => {
    expect(levelOf(new Float32Array(960))).toBe(127);
    expect(levelOf(new Float32Array(960).fill(1))).toBe(0);
    expect(levelOf(new Float32Array(960).fill(0.1))).toBe(20);
    expect(levelOf(Float32Array.from({ length: 960 }, (_, i) => Math.sin((i * Math.PI) / 24)))).toBe(3);
  });
});

describe('VoiceDetector', () => {
  it('hears speech over the noise of the room, and holds on over short pauses', () => {
    const voice = new VoiceDetector();
    for (let i = 0; i < 100; i++) expect(voice.add(62)).toBe(false);
    expect(voice.add(30)).toBe(true);
    for (let i = 0; i < 10; i++) expect(voice.add(62)).toBe(true);
    for (let i = 0; i < 10; i++) voice.add(62);
    expect(voice.add(62)).toBe(false);
  });

  it('gets used to a steady noise', () => {
    const voice = new VoiceDetector();
    voice.add(35);
    for (let i = 0; i < 1_500; i++) voice.add(35);
    expect(voice.add(35)).toBe(false);
  });
});
