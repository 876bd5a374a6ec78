import type { FieldType } from './schema.js';

/** How long a field is, by the low three bits of what it begins with (protobuf.dev/programming-guides/encoding). */
export enum WireType {
  VARINT = 0,
  FIXED64 = 1,
  LENGTH = 2,
  FIXED32 = 5,
}

/** The wire type of a single value. */
export function wireType(type: FieldType): WireType {
  return typeof type !== 'string' || type === 'string' || type === 'bytes' ? WireType.LENGTH : WireType.VARINT;
}
