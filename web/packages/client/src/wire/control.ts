import { WireError } from './errors.js';
import {
  ClientMessageSchema,
  ServerMessageSchema,
  type ClientMessage,
  type ServerMessage,
} from './gen/confab/v1/control_pb.js';
import { decode } from './protobuf/decode.js';
import { encode } from './protobuf/encode.js';
import type { StreamReader } from './stream-reader.js';
import { varintLength, writeVarint } from './varint.js';

/**
 * The largest control message taken from a node, in bytes. A Welcome grows with the room: 1024 participants with the
 * largest announcements and a few tracks each come to about 5 MB.
 */
export const maxServerMessage = 8 << 20;

/** Encodes a control message. `requestId` 0 wants no answer. */
export function encodeClientMessage(kind: ClientMessage['kind'], requestId = 0): Uint8Array<ArrayBuffer> {
  return encode(ClientMessageSchema, { requestId, kind });
}

/** Parses a control message; an unknown kind has `kind.case` undefined. Throws a {@link WireError} `malformed`. */
export function parseServerMessage(bytes: Uint8Array): ServerMessage {
  return decode(ServerMessageSchema, bytes);
}

/** `length ‖ message`: a control message on a stream. */
export function frameForStream(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(varintLength(message.length) + message.length);
  out.set(message, writeVarint(out, 0, message.length));
  return out;
}

/** The next control message of a stream, or undefined when it ends in order. Rejects with a {@link WireError} `malformed`. */
export function readFromStream(reader: StreamReader, limit = maxServerMessage): Promise<Uint8Array | undefined> {
  return reader.prefixed(
    limit,
    (length) => new WireError('malformed', `a control message of ${length} bytes is over the limit of ${limit}`),
  );
}
