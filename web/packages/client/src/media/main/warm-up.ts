import { isWebKit } from '../codecs.js';

const pauseMs = 300;
let warm: Promise<void> | undefined;

/** Await before the first media call of the page: WebKitGTK can crash when GStreamer starts up in two threads at once. */
export function warmUp(): Promise<void> {
  warm ??= start();
  return warm;
}

async function start(): Promise<void> {
  if (!isWebKit()) return;
  document.createElement('video').canPlayType('video/mp4');
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
}
