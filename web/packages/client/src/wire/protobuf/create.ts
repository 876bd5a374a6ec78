import { list, type Choice, type Field, type Fields, type FieldType, type Schema } from './schema.js';

/** Some fields of a T; the others become what protobuf takes for absent ones. */
export type Init<T> = { [K in keyof T]?: InitField<T[K]> | undefined };

type InitField<F> = F extends string | number | bigint | boolean | Uint8Array | undefined
  ? F
  : F extends readonly (infer E)[]
    ? readonly InitField<E>[]
    : F extends { case: string; value: infer V }
      ? { case: F['case']; value: InitField<V> }
      : F extends { case: undefined }
        ? F
        : Init<F>;

/** Makes a whole message. What `init` holds of messages and lists is copied, bytes are not. */
export function create<T extends object>(schema: Schema<T>, init?: Init<T>): T {
  const given = (init ?? {}) as Fields;
  const message: Fields = {};
  for (const field of schema.fields) set(message, field, given);
  return message as T;
}

function set(message: Fields, [, name, type, group]: Field, given: Fields): void {
  if (group === list) {
    message[name] = ((given[name] ?? []) as unknown[]).map((element) => copied(type, element));
  } else if (group !== undefined) {
    const choice = given[group] as Choice | undefined;
    if (choice?.case === name) message[group] = { case: name, value: copied(type, choice.value) };
    else message[group] ??= { case: undefined };
  } else if (given[name] !== undefined) {
    message[name] = copied(type, given[name]);
  } else if (typeof type === 'string') {
    message[name] = zero(type);
  }
}

function copied(type: FieldType, value: unknown): unknown {
  return typeof type === 'string' ? value : create(type, value as object);
}

/** What a field of a scalar has that is not in the encoded message. */
export function zero(type: Exclude<FieldType, Schema>): unknown {
  switch (type) {
    case 'uint32':
    case 'enum':
      return 0;
    case 'uint64':
    case 'int64':
      return 0n;
    case 'bool':
      return false;
    case 'string':
      return '';
    case 'bytes':
      return new Uint8Array();
  }
}
