/** How long to wait before a stream that was refused is opened again, in ms. */
const pause = 3_000;

/**
 * Listens to views of the back end until the returned function is called. A stream that breaks is opened again; `refused` decides
 * whether one that is answered with an error is.
 */
export function listen<T>(path: string, heard: (view: T) => void, refused: () => boolean): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = (): void => {
    source = new EventSource(`/api/${path}`);
    source.addEventListener('message', ({ data }: MessageEvent<string>) => heard(JSON.parse(data) as T));
    source.addEventListener('error', () => {
      if (source?.readyState === EventSource.CLOSED && refused()) timer = setTimeout(open, pause);
    });
  };
  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}
