/** Shows what a camera or screen captures, without going through the network, until the returned function is called. */
export function showStream(stream: MediaStream, el: HTMLVideoElement | HTMLCanvasElement): () => void {
  return el instanceof HTMLCanvasElement ? drawStream(stream, el) : playStream(stream, el);
}

function playStream(stream: MediaStream, el: HTMLVideoElement): () => void {
  el.muted = true;
  el.playsInline = true;
  el.autoplay = true;
  el.srcObject = stream;
  // Rejects when the element is taken out before it plays, which is no fault.
  el.play().catch(() => {});
  return () => {
    if (el.srcObject === stream) el.srcObject = null;
  };
}

function drawStream(stream: MediaStream, canvas: HTMLCanvasElement): () => void {
  const video = document.createElement('video');
  const stop = playStream(stream, video);
  const context = canvas.getContext('2d');
  let handle = 0;
  const draw = (): void => {
    if (canvas.width !== video.videoWidth) canvas.width = video.videoWidth;
    if (canvas.height !== video.videoHeight) canvas.height = video.videoHeight;
    context?.drawImage(video, 0, 0);
    handle = video.requestVideoFrameCallback(draw);
  };
  handle = video.requestVideoFrameCallback(draw);
  return () => {
    video.cancelVideoFrameCallback(handle);
    stop();
  };
}
