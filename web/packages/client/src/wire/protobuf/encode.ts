import { list, type Choice, type Fields, type FieldType, type Schema } from './schema.js';
import { WireType, wireType } from './wire-type.js';

const utf8 = new TextEncoder();

/** Encodes a message. Throws RangeError for a number that its field can't hold. */
export function encode<T extends object>(schema: Schema<T>, message: T): Uint8Array<ArrayBuffer> {
  const out = new Writer();
  writeMessage(out, schema, message as Fields);
  return out.bytes();
}

function writeMessage(out: Writer, { fields }: Schema, message: Fields): void {
  for (const [number, name, type, group] of fields) {
    if (group === list) {
      const elements = message[name] as unknown[];
      if (elements.length > 0) writeList(out, number, type, elements);
    } else if (group !== undefined) {
      const choice = message[group] as Choice;
      if (choice.case === name) writeField(out, number, type, choice.value);
    } else if (message[name] !== undefined && !isZero(message[name])) {
      writeField(out, number, type, message[name]);
    }
  }
}

function isZero(value: unknown): boolean {
  return value instanceof Uint8Array
    ? value.length === 0
    : value === 0 || value === 0n || value === false || value === '';
}

/** Numbers are packed, as proto3 has it. */
function writeList(out: Writer, number: number, type: FieldType, elements: unknown[]): void {
  if (wireType(type) === WireType.LENGTH) {
    for (const element of elements) writeField(out, number, type, element);
    return;
  }
  const packed = new Writer();
  for (const element of elements) writeValue(packed, type, element);
  writeField(out, number, 'bytes', packed.bytes());
}

function writeField(out: Writer, number: number, type: FieldType, value: unknown): void {
  out.varint(number * 8 + wireType(type));
  writeValue(out, type, value);
}

function writeValue(out: Writer, type: FieldType, value: unknown): void {
  switch (type) {
    case 'uint32':
    case 'enum':
      return out.varint(value as number);
    case 'uint64':
    case 'int64':
      return out.varint64(value as bigint);
    case 'bool':
      return out.varint(value ? 1 : 0);
    case 'string':
      return out.prefixed(utf8.encode(value as string));
    case 'bytes':
      return out.prefixed(value as Uint8Array);
    default:
      return out.prefixed(encode(type, value as object));
  }
}

/** Bytes that grow. */
class Writer {
  #bytes = new Uint8Array(64);
  #length = 0;

  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  varint(value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) throw new RangeError(`not a uint32: ${value}`);
    this.#reserve(5);
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.#bytes[this.#length++] = rest | 0x80;
    this.#bytes[this.#length++] = rest;
  }

  varint64(value: bigint): void {
    this.#reserve(10);
    let rest = BigInt.asUintN(64, value);
    for (; rest > 0x7fn; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
    this.#bytes[this.#length++] = Number(rest);
  }

  prefixed(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#length + more, this.#bytes.length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
