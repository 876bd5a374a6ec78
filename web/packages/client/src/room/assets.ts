// Files beside the bundled module. Bundlers know this expression and copy what it names as it is; it stands once for each
// file, or they would copy it twice.

/** The engine: a module worker. */
export const ENGINE_WORKER = new URL('./engine-worker.js', import.meta.url);

/** The processors of capture and playout. */
export const AUDIO_WORKLETS = new URL('./audio-worklets.js', import.meta.url);
