/** `grpc.reflection.v1alpha`: tells tools like grpcurl what is served (apiserver-and-storage §8.3). */
import type { MessageTable } from '@belvedere/plugin-sdk/protocol';
import { fileDescriptor, symbolsOf } from './file-descriptor.ts';
import { fullName, grpcCode, type Message, type ProtoFile, type ServedService } from './grpc-service.ts';

const text = (number: number) => ({ number, type: 'string' }) as const;
const ExtensionRequest: MessageTable = { containing_type: text(1), extension_number: { number: 2, type: 'int32' } };
const ServerReflectionRequest: MessageTable = {
  host: text(1), file_by_filename: text(3), file_containing_symbol: text(4), file_containing_extension: { number: 5, type: { message: ExtensionRequest } },
  all_extension_numbers_of_type: text(6), list_services: text(7),
};
const FileDescriptorResponse: MessageTable = { file_descriptor_proto: { number: 1, type: 'bytes', repeated: true } };
const ServiceResponse: MessageTable = { name: text(1) };
const ListServiceResponse: MessageTable = { service: { number: 1, type: { message: ServiceResponse }, repeated: true } };
const ErrorResponse: MessageTable = { error_code: { number: 1, type: 'int32' }, error_message: text(2) };
const ServerReflectionResponse: MessageTable = {
  valid_host: text(1), original_request: { number: 2, type: { message: ServerReflectionRequest } }, file_descriptor_response: { number: 4, type: { message: FileDescriptorResponse } },
  list_services_response: { number: 6, type: { message: ListServiceResponse } }, error_response: { number: 7, type: { message: ErrorResponse } },
};

export const reflectionFile: ProtoFile = {
  name: 'grpc/reflection/v1alpha/reflection.proto', package: 'grpc.reflection.v1alpha',
  messages: { ServerReflectionRequest, ExtensionRequest, ServerReflectionResponse, FileDescriptorResponse, ListServiceResponse, ServiceResponse, ErrorResponse },
  services: { ServerReflection: { ServerReflectionInfo: { request: 'ServerReflectionRequest', response: 'ServerReflectionResponse', clientStreams: true, serverStreams: true } } },
};

export function reflectionService(others: readonly ServedService[]): ServedService {
  const told = [...others.filter(({ hidden }) => !hidden).map(({ file, service }) => ({ file, service })), { file: reflectionFile, service: 'ServerReflection' }];
  const files = [...new Set(told.map(({ file }) => file))];
  const services = told.map(({ file, service }) => ({ name: fullName(file, service) })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const found = (file: ProtoFile | undefined, what: string): Message => (file
    ? { file_descriptor_response: { file_descriptor_proto: [fileDescriptor(file)] } }
    : { error_response: { error_code: grpcCode.notFound, error_message: `unknown: ${what}` } });

  function answer(request: Message): Message {
    // Empty texts are how a request says that it asks for nothing of the kind.
    const [file, symbol, type] = [request['file_by_filename'], request['file_containing_symbol'], request['all_extension_numbers_of_type']] as string[];
    if (file) return found(files.find(({ name }) => name === file), file);
    if (symbol) return found(files.find((each) => symbolsOf(each).includes(symbol)), symbol);
    if (request['file_containing_extension'] || type) return { error_response: { error_code: grpcCode.notFound, error_message: 'there are no extensions' } };
    return { list_services_response: { service: services } };
  }

  return {
    file: reflectionFile, service: 'ServerReflection',
    handlers: {
      ServerReflectionInfo: {
        kind: 'both',
        async *handle(requests) {
          for await (const request of requests) yield { valid_host: request['host'], original_request: request, ...answer(request) };
        },
      },
    },
  };
}
