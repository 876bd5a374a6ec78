// @ts-check
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** @typedef {{ from: 'client' | 'node', kind: 'control' | 'object', bytes: Buffer }} Message What crossed a WebSocket, unmasked. */

/**
 * Stands between browsers and a node and keeps everything that the node receives or sends. It has no UDP, so that all of
 * it goes over WebSockets, which without TLS hide nothing from it: it sees what the node sees.
 *
 * @param {number} nodePort
 */
export async function watchNode(nodePort) {
  /** @type {Message[]} */
  const messages = [];
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set();
  const server = createServer((client) => {
    const node = connect(nodePort, 'localhost');
    for (const socket of [client, node]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => (client.destroy(), node.destroy()));
    }
    const fromClient = new WebSocketReader('client', messages);
    const fromNode = new WebSocketReader('node', messages);
    client.on('data', (data) => (fromClient.push(data), node.write(data)));
    node.on('data', (data) => (fromNode.push(data), client.write(data)));
    client.on('end', () => node.end());
    node.on('end', () => client.end());
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    origin: `http://localhost:${port}`,
    messages,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Finds the WebSocket messages in one direction of a TCP connection (RFC 6455 §5); an HTTP exchange before them is passed over. */
class WebSocketReader {
  #rest = Buffer.alloc(0);
  #upgraded = false;
  #plainHttp = false;
  /** @type {Buffer[]} */
  #fragments = [];

  /**
   * @param {Message['from']} from
   * @param {Message[]} messages
   */
  constructor(from, messages) {
    this.from = from;
    this.messages = messages;
  }

  push(/** @type {Buffer} */ data) {
    if (this.#plainHttp) return;
    this.#rest = Buffer.concat([this.#rest, data]);
    if (!this.#upgraded) {
      const end = this.#rest.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = this.#rest.subarray(0, end).toString('latin1').toLowerCase();
      if (!head.includes('upgrade: websocket')) {
        this.#plainHttp = !head.includes('keep-alive');
        this.#rest = Buffer.alloc(0);
        return;
      }
      this.#upgraded = true;
      this.#rest = this.#rest.subarray(end + 4);
    }
    while (this.#frame());
  }

  #frame() {
    const b = this.#rest;
    if (b.length < 2) return false;
    const masked = ((b[1] ?? 0) & 0x80) !== 0;
    let length = (b[1] ?? 0) & 0x7f;
    let at = 2;
    if (length === 126) {
      if (b.length < 4) return false;
      length = b.readUInt16BE(2);
      at = 4;
    } else if (length === 127) {
      if (b.length < 10) return false;
      length = Number(b.readBigUInt64BE(2));
      at = 10;
    }
    const mask = masked ? b.subarray(at, at + 4) : undefined;
    if (mask) at += 4;
    if (b.length < at + length) return false;
    const payload = Buffer.from(b.subarray(at, at + length));
    if (mask) for (let i = 0; i < length; i++) payload[i] = (payload[i] ?? 0) ^ (mask[i & 3] ?? 0);
    this.#rest = b.subarray(at + length);
    const opcode = (b[0] ?? 0) & 0x0f;
    if (opcode <= 2) {
      this.#fragments.push(payload);
      if (((b[0] ?? 0) & 0x80) !== 0) {
        const bytes = Buffer.concat(this.#fragments.splice(0));
        this.messages.push({ from: this.from, kind: bytes[0] === 0 ? 'control' : 'object', bytes: bytes.subarray(1) });
      }
    }
    return true;
  }
}

/** The encrypted part of an object: behind alias and immutable header (spec/wire.md §3.2) and the SFrame header (RFC 9605 §4.3). */
export function ciphertextOf(/** @type {Buffer} */ object) {
  let at = varintLength(object, 0);
  const flags = object[at] ?? 0;
  at += 1 + ((flags >> 4) & 1);
  at += varintLength(object, at);
  at += varintLength(object, at);
  const config = object[at] ?? 0;
  const kid = (config & 0x80) !== 0 ? ((config >> 4) & 7) + 1 : 0;
  const counter = (config & 0x08) !== 0 ? (config & 7) + 1 : 0;
  return object.subarray(at + 1 + kid + counter);
}

/** @param {Buffer} bytes @param {number} at */
const varintLength = (bytes, at) => 1 << ((bytes[at] ?? 0) >> 6);

/**
 * χ² of the bytes against all values being equally likely, 255 degrees of freedom: near 255 for good ciphertext,
 * thousands for anything a codec makes.
 *
 * @param {readonly Buffer[]} parts
 */
export function chiSquare(parts) {
  const counts = new Float64Array(256);
  let total = 0;
  for (const part of parts) {
    for (const byte of part) counts[byte] = (counts[byte] ?? 0) + 1;
    total += part.length;
  }
  const expected = total / 256;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** Where a text or byte string stands in what the node saw, in any usual spelling of it; empty if nowhere. */
export function traces(/** @type {readonly Message[]} */ messages, /** @type {Buffer} */ wanted) {
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), wanted])
      .toString('base64')
      .replace(/=+$/, '');
    return text.slice(shift === 0 ? 0 : shift + 1, -1);
  });
  const text = wanted.toString('utf8');
  const spellings = {
    raw: wanted,
    hex: Buffer.from(wanted.toString('hex')),
    utf16: Buffer.from(text, 'utf16le'),
    ...Object.fromEntries(base64.map((value, shift) => [`base64+${shift}`, Buffer.from(value)])),
    ...Object.fromEntries(
      base64.map((value, shift) => [
        `base64url+${shift}`,
        Buffer.from(value.replaceAll('+', '-').replaceAll('/', '_')),
      ]),
    ),
  };
  /** @type {string[]} */
  const found = [];
  for (const [spelling, bytes] of Object.entries(spellings)) {
    for (const message of messages) {
      if (message.bytes.includes(bytes)) found.push(`${spelling} in a ${message.kind} message from a ${message.from}`);
    }
  }
  return found;
}
