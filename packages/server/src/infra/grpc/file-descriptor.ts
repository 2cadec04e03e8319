/** A `.proto` file as reflection hands it out: the FileDescriptorProto of what `ProtoFile` says. */
import { encodeMessage, type FieldSpec, type FieldType, type MessageTable } from '@belvedere/plugin-sdk/protocol';
import { fullName, type ProtoFile } from './grpc-service.ts';

const text = (number: number): FieldSpec => ({ number, type: 'string' });
const many = (number: number, message: MessageTable): FieldSpec => ({ number, type: { message }, repeated: true });
const FieldDescriptor: MessageTable = { name: text(1), number: { number: 3, type: 'int32' }, label: { number: 4, type: 'enum' }, type: { number: 5, type: 'enum' }, typeName: text(6), jsonName: text(10) };
const EnumDescriptor: MessageTable = { name: text(1), value: many(2, { name: text(1), number: { number: 2, type: 'int32', always: true } }) };
const NestedDescriptor: MessageTable = { name: text(1), field: many(2, FieldDescriptor), options: { number: 7, type: { message: { mapEntry: { number: 7, type: 'bool' } } } } };
const MessageDescriptor: MessageTable = { name: text(1), field: many(2, FieldDescriptor), nested: many(3, NestedDescriptor) };
const MethodDescriptor: MessageTable = { name: text(1), input: text(2), output: text(3), clientStreaming: { number: 5, type: 'bool' }, serverStreaming: { number: 6, type: 'bool' } };
const FileDescriptor: MessageTable = {
  name: text(1), package: text(2), messages: many(4, MessageDescriptor), enums: many(5, EnumDescriptor), services: many(6, { name: text(1), method: many(2, MethodDescriptor) }), syntax: text(12),
};

const scalar = { double: 1, float: 2, int64: 3, int32: 5, bool: 8, string: 9, bytes: 12 } as const;
const [message, enumeration] = [11, 14];
const [optional, repeated] = [1, 3];

const camel = (name: string) => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
const capital = (name: string) => camel(`_${name}`);

/** Throws where a field names a message that the file does not have. */
export function fileDescriptor(file: ProtoFile): Buffer {
  const names = new Map(Object.entries(file.messages).map(([name, table]) => [table, name]));
  const qualified = (name: string) => `.${fullName(file, name)}`;

  function typeOf(owner: string, name: string, type: Exclude<FieldType, { mapOf: unknown }>): { type: number; typeName?: string } {
    if (typeof type === 'object') {
      const known = names.get(type.message);
      if (known === undefined) throw new Error(`${file.name}: the message of ${owner}.${name} has no name`);
      return { type: message, typeName: qualified(known) };
    }
    if (type !== 'enum') return { type: scalar[type] };
    const known = file.enums?.[`${owner}.${name}`];
    return known ? { type: enumeration, typeName: qualified(known.name) } : { type: scalar.int32 };
  }

  function describe(owner: string, table: MessageTable) {
    const nested: object[] = [];
    const field = Object.entries(table).map(([name, spec]) => {
      const base = { name, number: spec.number, jsonName: camel(name) };
      if (typeof spec.type !== 'object' || !('mapOf' in spec.type)) return { ...base, label: spec.repeated ? repeated : optional, ...typeOf(owner, name, spec.type) };
      const entry = `${capital(name)}Entry`;
      nested.push({
        name: entry, options: { mapEntry: true },
        field: [
          { name: 'key', number: 1, label: optional, type: scalar.string, jsonName: 'key' },
          { name: 'value', number: 2, label: optional, jsonName: 'value', ...typeOf(owner, name, spec.type.mapOf) },
        ],
      });
      return { ...base, label: repeated, type: message, typeName: `${qualified(owner)}.${entry}` };
    });
    return { name: owner, field, nested };
  }

  const enums = new Map(Object.values(file.enums ?? {}).map((each) => [each.name, each]));
  return encodeMessage(FileDescriptor, {
    name: file.name, package: file.package, syntax: 'proto3',
    messages: Object.entries(file.messages).map(([name, table]) => describe(name, table)),
    enums: [...enums.values()].map(({ name, values }) => ({ name, value: values.map((value, number) => ({ name: value, number })) })),
    services: Object.entries(file.services).map(([name, methods]) => ({
      name, method: Object.entries(methods).map(([method, { request, response, clientStreams, serverStreams }]) => ({
        name: method, input: qualified(request), output: qualified(response), clientStreaming: clientStreams ?? false, serverStreaming: serverStreams ?? false,
      })),
    })),
  });
}

/** Every name that reflection finds the file by. */
export function symbolsOf(file: ProtoFile): string[] {
  const services = Object.entries(file.services).flatMap(([service, methods]) => [service, ...Object.keys(methods).map((method) => `${service}.${method}`)]);
  return [...Object.keys(file.messages), ...new Set(Object.values(file.enums ?? {}).map(({ name }) => name)), ...services].map((name) => fullName(file, name));
}
