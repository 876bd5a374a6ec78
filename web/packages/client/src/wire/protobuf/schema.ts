/** What a field holds: a scalar, or a message. Only what the protocol uses is here; the generator refuses the rest. */
export type FieldType = 'uint32' | 'uint64' | 'int64' | 'bool' | 'enum' | 'string' | 'bytes' | Schema;

/** In place of a oneof's name: the field is a list. */
export const list = '*';

/** `group`: {@link list}, or the name of the oneof that the field is a case of. */
export type Field = readonly [number: number, name: string, type: FieldType, group?: string];

declare const shape: unique symbol;

/** How messages of type T are encoded. Made by the generator from proto/. */
export interface Schema<T extends object = object> {
  readonly fields: readonly Field[];
  /** Only for the compiler: there is no such property. */
  readonly [shape]?: T;
}

export function schema<T extends object>(fields: readonly Field[]): Schema<T> {
  return { fields };
}

/** A field of a message whose type only the schema knows. */
export type Fields = Record<string, unknown>;

/** What a oneof holds; `case` undefined: nothing. */
export interface Choice {
  readonly case: string | undefined;
  readonly value?: unknown;
}
