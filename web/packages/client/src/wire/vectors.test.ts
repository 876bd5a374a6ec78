import { describe, expect, it } from 'vitest';
import file from '../../../../../spec/vectors/wire-v1.json';
import { frameForStream, readFromStream } from './control.js';
import { WireError, wireErrors } from './errors.js';
import { readGroupStream } from './group-stream.js';
import {
  encodeObject,
  encodeObjectHeader,
  encodeStreamObject,
  objectHeaderEnd,
  parseObject,
  parseObjectBody,
  parseObjectHeader,
  type WireObject,
} from './object.js';
import { StreamReader } from './stream-reader.js';
import { maxVarint, readVarint, varintLength, writeVarint } from './varint.js';
import { encodeWebSocketControl, encodeWebSocketObject, parseWebSocketMessage } from './websocket-message.js';

interface Header {
  keyframe: boolean;
  discardable: boolean;
  temporalId: number;
  level: number | null;
  lastOfGroup: boolean;
  group: string;
  number: string;
}
interface Case {
  name: string;
  bytes: string;
  error: string;
}
interface Vectors {
  varints: { name: string; value: string; bytes: string }[];
  varintsRefused: Case[];
  headers: { name: string; bytes: string; header: Header }[];
  headersRefused: Case[];
  objects: { name: string; bytes: string; header: Header; payload: string }[];
  objectsRefused: Case[];
  datagrams: { name: string; bytes: string; maxObject: number; alias: string; object: string }[];
  datagramsRefused: (Case & { maxObject: number })[];
  groupStreams: {
    name: string;
    bytes: string;
    maxObject: number;
    alias: string | null;
    objects: string[];
    error: string | null;
  }[];
  controlStreams: { name: string; bytes: string; limit: number; messages: string[]; error: string | null }[];
  webSocketMessages: {
    name: string;
    bytes: string;
    maxObject: number;
    kind: string;
    message?: string;
    alias?: string;
    object?: string;
  }[];
  webSocketMessagesRefused: (Case & { maxObject: number })[];
  errors: { code: string; ends: string; retryable: boolean }[];
}

const vectors: Vectors = file;

const unhex = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Numbers above 2^53 − 1 are refused here, where Go takes them up to 2^62 − 1. */
const exact = (text: string): boolean => BigInt(text) <= BigInt(maxVarint);

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
  return undefined;
}

/** `bytes` as a stream whose chunks have `size` bytes. */
function chunked(bytes: Uint8Array, size: number): StreamReader {
  let at = 0;
  return new StreamReader(
    new ReadableStream<Uint8Array>({
      pull(controller) {
        if (at >= bytes.length) return controller.close();
        controller.enqueue(bytes.slice(at, at + size));
        at += size;
      },
    }),
  );
}

const chunkSizes = [1, 3, 1 << 16];

describe('varints', () => {
  it.each(vectors.varints)('$name', ({ value, bytes }) => {
    if (!exact(value)) {
      expect(codeOf(() => readVarint(unhex(bytes), 0))).toBe('malformed');
      expect(() => writeVarint(new Uint8Array(8), 0, Number(value))).toThrow(RangeError);
      return;
    }
    const number = Number(value);
    expect(readVarint(unhex(`${bytes}ff`), 0)).toBe(number);
    const out = new Uint8Array(varintLength(number));
    expect(writeVarint(out, 0, number)).toBe(out.length);
    expect(hex(out)).toBe(bytes);
  });

  it.each(vectors.varintsRefused)('refuses: $name', ({ bytes, error }) => {
    expect(codeOf(() => readVarint(unhex(bytes), 0))).toBe(error);
  });
});

describe('object headers', () => {
  it.each(vectors.headers)('$name', ({ bytes, header }) => {
    if (!exact(header.group) || !exact(header.number)) {
      expect(codeOf(() => parseObjectHeader(unhex(bytes)))).toBe('malformed');
      return;
    }
    const { lastOfGroup, level, group, number, ...rest } = header;
    const expected = {
      ...rest,
      ...(level === null ? {} : { level }),
      last: lastOfGroup,
      group: Number(group),
      object: Number(number),
    };
    expect(parseObjectHeader(unhex(bytes))).toEqual(expected);
    expect(hex(encodeObjectHeader(expected))).toBe(bytes);
    expect(objectHeaderEnd(unhex(`${bytes}ff`), 0)).toBe(bytes.length / 2);
  });

  it.each(vectors.headersRefused)('refuses: $name', ({ bytes, error }) => {
    expect(codeOf(() => parseObjectHeader(unhex(bytes)))).toBe(error);
  });

  it('refuses bytes behind the header', () => {
    expect(codeOf(() => parseObjectHeader(unhex('010700ff')))).toBe('malformed');
  });
});

describe('objects', () => {
  it.each(vectors.objects)('$name', ({ bytes, header, payload }) => {
    const object = parseObjectBody(0, unhex(bytes), 1 << 20);
    expect(hex(object.payload)).toBe(payload);
    if (exact(header.group)) expect(parseObjectHeader(object.header).group).toBe(Number(header.group));
    expect(hex(object.header) + hex(object.payload)).toBe(bytes);
  });

  it.each(vectors.objectsRefused)('refuses: $name', ({ bytes, error }) => {
    expect(codeOf(() => parseObjectBody(0, unhex(bytes), 1 << 20))).toBe(error);
  });
});

describe('datagrams', () => {
  it.each(vectors.datagrams)('$name', ({ bytes, maxObject, alias, object }) => {
    if (!exact(alias)) {
      expect(codeOf(() => parseObject(unhex(bytes), 0, maxObject))).toBe('malformed');
      return;
    }
    const parsed = parseObject(unhex(bytes), 0, maxObject);
    expect(parsed.alias).toBe(Number(alias));
    expect(hex(parsed.header) + hex(parsed.payload)).toBe(object);
    expect(hex(encodeObject(parsed))).toBe(bytes);
  });

  it.each(vectors.datagramsRefused)('refuses: $name', ({ bytes, maxObject, error }) => {
    expect(codeOf(() => parseObject(unhex(bytes), 0, maxObject))).toBe(error);
  });
});

describe.each(chunkSizes)('group streams in chunks of %i', (size) => {
  it.each(vectors.groupStreams)('$name', async ({ bytes, maxObject, alias, objects, error }) => {
    const got: WireObject[] = [];
    const ended = await readGroupStream(chunked(unhex(bytes), size), maxObject, (object) => got.push(object)).then(
      () => null,
      (fault: unknown) => (fault as WireError).code,
    );
    expect(ended).toBe(error);
    expect(got.map((object) => hex(object.header) + hex(object.payload))).toEqual(objects);
    for (const object of got) expect(object.alias).toBe(Number(alias));
    if (error === null && got.length > 0)
      expect(got.map((object, i) => hex(encodeStreamObject(object, i === 0))).join('')).toBe(bytes);
  });
});

describe.each(chunkSizes)('control streams in chunks of %i', (size) => {
  it.each(vectors.controlStreams)('$name', async ({ bytes, limit, messages, error }) => {
    const reader = chunked(unhex(bytes), size);
    const got: string[] = [];
    const readAll = async (): Promise<null> => {
      for (let next; (next = await readFromStream(reader, limit));) got.push(hex(next));
      return null;
    };
    expect(await readAll().catch((fault: unknown) => (fault as WireError).code)).toBe(error);
    expect(got).toEqual(messages);
    if (error === null) expect(messages.map((message) => hex(frameForStream(unhex(message)))).join('')).toBe(bytes);
  });
});

describe('WebSocket messages', () => {
  it.each(vectors.webSocketMessages)('$name', ({ bytes, maxObject, kind, message, alias, object }) => {
    const parsed = parseWebSocketMessage(unhex(bytes), maxObject);
    expect(parsed.kind).toBe(kind);
    if (parsed.kind === 'control') {
      expect(hex(parsed.message)).toBe(message);
      expect(hex(encodeWebSocketControl(parsed.message))).toBe(bytes);
    } else {
      expect(parsed.object.alias).toBe(Number(alias));
      expect(hex(parsed.object.header) + hex(parsed.object.payload)).toBe(object);
      expect(hex(encodeWebSocketObject(parsed.object))).toBe(bytes);
    }
  });

  it.each(vectors.webSocketMessagesRefused)('refuses: $name', ({ bytes, maxObject, error }) => {
    expect(codeOf(() => parseWebSocketMessage(unhex(bytes), maxObject))).toBe(error);
  });
});

it('knows every error code as the specification does', () => {
  const table = Object.fromEntries(vectors.errors.map(({ code, ...meaning }) => [code, meaning]));
  expect(wireErrors).toEqual(table);
});
