import { WireError } from '../errors.js';
import { create } from './create.js';
import { list, type Choice, type Field, type Fields, type FieldType, type Schema } from './schema.js';
import { WireType, wireType } from './wire-type.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Parses a message. Fields that the schema does not know are skipped. Throws a {@link WireError} `malformed`. */
export function decode<T extends object>(schema: Schema<T>, bytes: Uint8Array): T {
  const message = create(schema);
  readMessage(new Reader(bytes), schema, message as Fields);
  return message;
}

function readMessage(reader: Reader, { fields }: Schema, message: Fields): void {
  while (!reader.atEnd) {
    const tag = reader.uint32();
    const [number, wire] = [tag >>> 3, tag & 7];
    if (number === 0) throw malformed('a field has the number 0');
    const field = fields.find(([candidate]) => candidate === number);
    if (!field || !readField(reader, wire, field, message)) reader.skip(wire);
  }
}

/** Reads nothing and returns false when the field is not of this wire type. */
function readField(reader: Reader, wire: number, [, name, type, group]: Field, message: Fields): boolean {
  const single = wire === wireType(type);
  if (group === list) {
    const elements = message[name] as unknown[];
    if (single) elements.push(readValue(reader, type, undefined));
    else if (wire === WireType.LENGTH) readPacked(new Reader(reader.prefixed()), type, elements);
    else return false;
    return true;
  }
  if (!single) return false;
  if (group === undefined) {
    message[name] = readValue(reader, type, message[name]);
  } else {
    const before = message[group] as Choice;
    const value = readValue(reader, type, before.case === name ? before.value : undefined);
    message[group] = { case: name, value };
  }
  return true;
}

function readPacked(reader: Reader, type: FieldType, elements: unknown[]): void {
  while (!reader.atEnd) elements.push(readValue(reader, type, undefined));
}

/** A message that comes in parts is one: `before` is what there is of it. */
function readValue(reader: Reader, type: FieldType, before: unknown): unknown {
  switch (type) {
    case 'uint32':
      return reader.uint32();
    case 'enum':
      return reader.uint32() | 0;
    case 'uint64':
      return reader.uint64();
    case 'int64':
      return BigInt.asIntN(64, reader.uint64());
    case 'bool':
      return reader.uint64() !== 0n;
    case 'string':
      return text(reader.prefixed());
    case 'bytes':
      return reader.prefixed().slice();
    default: {
      const message = (before ?? create(type)) as Fields;
      readMessage(new Reader(reader.prefixed()), type, message);
      return message;
    }
  }
}

function text(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed('a text is not UTF-8');
  }
}

function malformed(what: string): WireError {
  return new WireError('malformed', `a control message does not parse: ${what}`);
}

class Reader {
  #at = 0;

  constructor(readonly bytes: Uint8Array) {}

  get atEnd(): boolean {
    return this.#at === this.bytes.length;
  }

  /** A varint's low 32 bits. */
  uint32(): number {
    const first = this.bytes[this.#at];
    if (first !== undefined && first < 0x80) return this.bytes[this.#at++]!;
    return Number(BigInt.asUintN(32, this.uint64()));
  }

  uint64(): bigint {
    let [low, high] = [0, 0];
    for (let i = 0; i < 10; i++) {
      const byte = this.#byte();
      if (i < 4) low += (byte & 0x7f) * 2 ** (7 * i);
      else high += (byte & 0x7f) * 2 ** (7 * (i - 4));
      if (byte < 0x80) return BigInt.asUintN(64, (BigInt(high) << 28n) + BigInt(low));
    }
    throw malformed('a number has more than ten bytes');
  }

  /** The bytes behind a length; they are the message's own. */
  prefixed(): Uint8Array {
    return this.#take(this.uint32());
  }

  skip(wire: number): void {
    switch (wire) {
      case WireType.VARINT:
        this.uint64();
        return;
      case WireType.FIXED64:
        this.#take(8);
        return;
      case WireType.LENGTH:
        this.prefixed();
        return;
      case WireType.FIXED32:
        this.#take(4);
        return;
      default:
        throw malformed(`a field has the wire type ${wire}`);
    }
  }

  #byte(): number {
    if (this.atEnd) throw malformed('it is cut short');
    return this.bytes[this.#at++]!;
  }

  #take(length: number): Uint8Array {
    if (length > this.bytes.length - this.#at) throw malformed('it is cut short');
    return this.bytes.subarray(this.#at, (this.#at += length));
  }
}
