import { useCallback, useEffect, useRef } from 'react';

/** Gives a function that tells how loud a captured audio track is right now, 0…1. It never renders anything again. */
export function useTrackLevel(track: MediaStreamTrack | undefined): () => number {
  const analyser = useRef<AnalyserNode | undefined>(undefined);
  const samples = useRef(new Float32Array(512));
  useEffect(() => {
    if (!track) return;
    const context = new AudioContext();
    const node = context.createAnalyser();
    node.fftSize = 512;
    context.createMediaStreamSource(new MediaStream([track])).connect(node);
    analyser.current = node;
    return () => {
      analyser.current = undefined;
      void context.close();
    };
  }, [track]);
  return useCallback(() => {
    if (!analyser.current) return 0;
    analyser.current.getFloatTimeDomainData(samples.current);
    let sum = 0;
    for (const sample of samples.current) sum += sample * sample;
    return Math.min(1, Math.sqrt(sum / samples.current.length) * 4);
  }, []);
}
