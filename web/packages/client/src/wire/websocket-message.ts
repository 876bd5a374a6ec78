import { WireError } from './errors.js';
import { encodeObject, parseObject, type WireObject } from './object.js';

const controlKind = 0;
const objectKind = 1;

/** A binary WebSocket message (spec/wire.md §§2.1, 3.6). */
export type WebSocketMessage =
  { readonly kind: 'control'; readonly message: Uint8Array } | { readonly kind: 'object'; readonly object: WireObject };

/** Parses a binary message; what it returns are views of `bytes`. Throws a {@link WireError}. */
export function parseWebSocketMessage(bytes: Uint8Array, maxObject: number): WebSocketMessage {
  switch (bytes[0]) {
    case controlKind:
      return { kind: 'control', message: bytes.subarray(1) };
    case objectKind:
      return { kind: 'object', object: parseObject(bytes, 1, maxObject) };
    default:
      throw new WireError('malformed', 'a WebSocket message is of no known kind');
  }
}

/** `0 ‖ message`. */
export function encodeWebSocketControl(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(1 + message.length);
  out[0] = controlKind;
  out.set(message, 1);
  return out;
}

/** `1 ‖ object`. */
export function encodeWebSocketObject(object: WireObject): Uint8Array<ArrayBuffer> {
  return encodeObject(object, objectKind);
}
