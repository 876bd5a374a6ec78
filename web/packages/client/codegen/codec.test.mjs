// Holds src/wire/protobuf, and what the generator makes, against Protobuf-ES, which learns of the messages from proto/ itself.
import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { create, createFileRegistry, fromBinary, fromJson, ScalarType, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import vectors from '../../../../spec/vectors/wire-v1.json';
import { WireError } from '../src/wire/errors.ts';
import * as generated from '../src/wire/gen/confab/v1/control_pb.ts';
import * as own from '../src/wire/protobuf/create.ts';
import { decode } from '../src/wire/protobuf/decode.ts';
import { encode } from '../src/wire/protobuf/encode.ts';

const root = new URL('../../../../', import.meta.url);
const buf = new URL('web/node_modules/.bin/buf', root).pathname;
const image = execFileSync(buf, ['build', '--as-file-descriptor-set', '-o', '-'], { cwd: root.pathname });
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
const messages = registry.getFile('confab/v1/control.proto').messages.map((desc) => ({
  name: desc.name,
  desc,
  schema: generated[`${desc.name}Schema`],
}));

describe.each(messages)('$name', ({ name, desc, schema }) => {
  const random = generator(name);
  const inits = Array.from({ length: 40 }, () => randomInit(desc, random));

  it('is encoded the same', () => {
    for (const init of inits) {
      const bytes = encode(schema, own.create(schema, init));
      expect(hex(bytes)).toBe(hex(toBinary(desc, create(desc, init))));
      expect(decode(schema, bytes)).toEqual(own.create(schema, init));
    }
  });

  it('is the same when it comes in two parts', () => {
    for (const [i, init] of inits.entries()) {
      const parts = [init, inits[(i + 1) % inits.length]].map((part) => encode(schema, own.create(schema, part)));
      const bytes = Uint8Array.from(Buffer.concat(parts));
      expect(hex(encode(schema, decode(schema, bytes)))).toBe(hex(toBinary(desc, fromBinary(desc, bytes))));
    }
  });

  it('is refused as malformed, or parsed, whatever happens to its bytes', () => {
    for (const init of inits) {
      const bytes = encode(schema, own.create(schema, init));
      for (let i = 0; i < 20 && bytes.length > 0; i++) {
        const damaged = bytes.slice(0, 1 + random(bytes.length));
        damaged[random(damaged.length)] = random(256);
        try {
          encode(schema, decode(schema, damaged));
        } catch (error) {
          // A negative enum is parsed, and not encoded.
          expect(error instanceof WireError || error instanceof RangeError).toBe(true);
        }
      }
    }
  });
});

describe('vectors', () => {
  it.each(vectors.controlMessages)('$name', ({ from, bytes, message }) => {
    const name = from === 'node' ? 'ServerMessage' : 'ClientMessage';
    const { desc, schema } = messages.find((candidate) => candidate.name === name);
    const expected = own.create(schema, fromJson(desc, message));
    expect(decode(schema, Buffer.from(bytes, 'hex'))).toEqual(expected);
    expect(hex(encode(schema, expected))).toBe(bytes);
  });
});

describe('parsing', () => {
  const { DataDeliverySchema, LayersWantedSchema, PongSchema } = generated;
  const parse = (schema, ...bytes) => decode(schema, Uint8Array.from(bytes));

  it('skips fields that it does not know, and those of another wire type', () => {
    const unknown = [0x78, 1, 0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7a, 2, 1, 2, 0x7d, 1, 2, 3, 4];
    expect(parse(PongSchema, ...unknown, 0x0a, 1, 9, 0x08, 5)).toEqual(own.create(PongSchema, { sequence: 5 }));
  });

  it('takes lists of numbers packed and one by one', () => {
    expect(parse(LayersWantedSchema, 0x10, 1, 0x12, 2, 2, 3, 0x10, 4).layers).toEqual([1, 2, 3, 4]);
  });

  it('keeps what texts begin with', () => {
    expect(parse(DataDeliverySchema, 0x0a, 4, 0xef, 0xbb, 0xbf, 0x61).from).toBe('\ufeffa');
  });

  it('takes bytes out of the message', () => {
    const bytes = Uint8Array.of(0x1a, 1, 7);
    const { payload } = decode(DataDeliverySchema, bytes);
    bytes[2] = 8;
    expect([...payload]).toEqual([7]);
  });

  it.each([
    ['a message that is cut short', [0x08]],
    ['a length beyond the end', [0x0a, 2, 1]],
    ['a number of more than ten bytes', [0x08, ...Array(10).fill(0x80), 0]],
    ['a text that is not UTF-8', [0x0a, 1, 0xff]],
    ['the field 0', [0x00, 0]],
    ['a group', [0x7b, 0x7c]],
  ])('refuses %s', (_, bytes) => {
    const schema = bytes[0] === 0x0a ? DataDeliverySchema : PongSchema;
    expect(() => parse(schema, ...bytes)).toThrow(WireError);
  });
});

it.each([-1, 0.5, 2 ** 32, NaN])('does not encode %s as a uint32', (sequence) => {
  const { PingSchema } = generated;
  expect(() => encode(PingSchema, own.create(PingSchema, { sequence }))).toThrow(RangeError);
});

const hex = (bytes) => Buffer.from(bytes).toString('hex');

/** Numbers below a bound, the same ones in every run. */
function generator(seed) {
  let state = [...seed].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0, 0x811c9dc5);
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

function randomInit(desc, random) {
  const init = {};
  for (const member of desc.members) {
    if (random(3) === 0) continue;
    if (member.kind === 'oneof') {
      const field = member.fields[random(member.fields.length)];
      init[member.localName] = { case: field.localName, value: randomValue(field, random) };
    } else if (member.fieldKind === 'list') {
      init[member.localName] = Array.from({ length: random(4) }, () => randomValue(member, random));
    } else {
      init[member.localName] = randomValue(member, random);
    }
  }
  return init;
}

function randomValue(field, random) {
  if (field.message) return randomInit(field.message, random);
  if (field.enum) return field.enum.values[random(field.enum.values.length)].number;
  switch (field.scalar) {
    case ScalarType.UINT32:
      return random(2 ** random(33));
    case ScalarType.UINT64:
      return BigInt(random(2 ** 32)) << BigInt(random(33));
    case ScalarType.INT64:
      return (BigInt(random(2 ** 31)) << BigInt(random(33))) * (random(2) === 0 ? 1n : -1n);
    case ScalarType.BOOL:
      return random(2) === 0;
    case ScalarType.STRING:
      return ['', 'a', 'grüße', '会議', '😀'][random(5)];
    case ScalarType.BYTES:
      return Uint8Array.from({ length: random(200) }, () => random(256));
  }
}
