// The plugin of buf that makes src/wire/gen from proto/: a TypeScript interface for each message, and the schema by which
// src/wire/protobuf encodes it. It fails for what that does not support: maps, groups, floating and fixed numbers, presence
// of scalars, messages within themselves.
import { ScalarType } from '@bufbuild/protobuf';
import { createEcmaScriptPlugin, getComments, runNodeJs } from '@bufbuild/protoplugin';

const scalars = new Map([
  [ScalarType.UINT32, { wire: 'uint32', type: 'number' }],
  [ScalarType.UINT64, { wire: 'uint64', type: 'bigint' }],
  [ScalarType.INT64, { wire: 'int64', type: 'bigint' }],
  [ScalarType.BOOL, { wire: 'bool', type: 'boolean' }],
  [ScalarType.STRING, { wire: 'string', type: 'string' }],
  [ScalarType.BYTES, { wire: 'bytes', type: 'Uint8Array' }],
]);

runNodeJs(
  createEcmaScriptPlugin({
    name: 'protoc-gen-confab',
    version: 'v1',
    generateTs: (schema) => schema.files.forEach((file) => generate(schema, file)),
  }),
);

function generate(schema, file) {
  const f = schema.generateFile(`${file.name}_pb.ts`);
  f.preamble(file);
  f.print(`import { schema, type Schema } from '${'../'.repeat(file.name.split('/').length)}protobuf/schema.js';`);
  for (const desc of file.enums) printEnum(f, desc);
  for (const desc of file.messages) printInterface(f, desc);
  for (const desc of leavesFirst(file.messages)) printSchema(f, desc);
}

function printEnum(f, desc) {
  f.print();
  printComment(f, desc, '');
  f.print(`export enum ${desc.name} {`);
  for (const value of desc.values) {
    printComment(f, value, '  ');
    f.print(`  ${value.localName} = ${value.number},`);
  }
  f.print('}');
}

function printInterface(f, desc) {
  f.print();
  printComment(f, desc, '');
  f.print(`export interface ${desc.name} {`);
  for (const member of desc.members) {
    if (member.kind === 'oneof') {
      f.print(`  ${member.localName}:`);
      for (const field of member.fields) f.print(`    | { case: '${field.localName}'; value: ${shape(field).type} }`);
      f.print('    | { case: undefined; value?: undefined };');
    } else {
      printComment(f, member, '  ');
      f.print(`  ${member.localName}${member.fieldKind === 'message' ? '?' : ''}: ${shape(member).type};`);
    }
  }
  f.print('}');
}

function printSchema(f, desc) {
  f.print();
  f.print(`export const ${desc.name}Schema: Schema<${desc.name}> = /* @__PURE__ */ schema([`);
  for (const field of desc.fields) {
    const group = field.fieldKind === 'list' ? ", '*'" : field.oneof ? `, '${field.oneof.localName}'` : '';
    f.print(`  [${field.number}, '${field.localName}', ${shape(field).wire}${group}],`);
  }
  f.print(']);');
}

/** The TypeScript type of a field, and its type in the schema. */
function shape(field) {
  const kind = field.fieldKind === 'list' ? field.listKind : field.fieldKind;
  const many = field.fieldKind === 'list' ? '[]' : '';
  if (kind === 'message' && !field.delimitedEncoding) {
    return { type: field.message.name + many, wire: `${field.message.name}Schema` };
  }
  if (kind === 'enum') return { type: field.enum.name + many, wire: "'enum'" };
  const scalar = kind === 'scalar' && !field.proto.proto3Optional ? scalars.get(field.scalar) : undefined;
  if (!scalar) throw new Error(`${field} is of a kind that src/wire/protobuf does not support`);
  return { type: scalar.type + many, wire: `'${scalar.wire}'` };
}

/** Messages in an order in which each comes behind those it holds. */
function leavesFirst(messages) {
  const [done, within] = [new Set(), new Set()];
  const visit = (desc) => {
    if (done.has(desc)) return;
    if (within.has(desc)) throw new Error(`${desc} holds itself`);
    within.add(desc);
    for (const { message } of desc.fields) if (message) visit(message);
    done.add(desc);
  };
  messages.forEach(visit);
  return done;
}

function printComment(f, desc, indentation) {
  const text = getComments(desc).leading?.trim();
  if (text) f.print(f.jsDoc(text.replaceAll(/^ /gm, ''), indentation));
}
