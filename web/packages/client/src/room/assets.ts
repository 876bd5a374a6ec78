// Written out in full at each place: bundlers find the files by this very expression.

/** The bundled capture worklet, beside the module. */
export const CAPTURE_WORKLET = new URL('./capture-worklet.js', import.meta.url);

/** The bundled playout worklet, beside the module. */
export const PLAYOUT_WORKLET = new URL('./playout-worklet.js', import.meta.url);
