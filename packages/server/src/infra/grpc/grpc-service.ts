/** Services as data: messages are tables of fields, methods name them. From it come the wire form, the routes and what reflection tells. */
import type { MessageTable } from '@belvedere/plugin-sdk/protocol';

export type Message = Record<string, unknown>;

export interface GrpcCall {
  /** First value of a header, '' when it was not sent; names are lower-case. */
  header(name: string): string;
  /** Every value of a header. */
  headers(name: string): readonly string[];
  /** Any header at all; clients say at least who they are. */
  readonly hasHeaders: boolean;
  /** Aborts when the caller goes. */
  readonly signal: AbortSignal;
}

/** Answers an error of the RPC itself; everything else that is thrown becomes INTERNAL, and is logged. */
export class GrpcError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'GrpcError';
    this.code = code;
  }
}

export const grpcCode = { invalidArgument: 3, notFound: 5, permissionDenied: 7, outOfRange: 11, unimplemented: 12, internal: 13, unavailable: 14, unauthenticated: 16 } as const;

export type Handler =
  | { readonly kind: 'unary'; handle(request: Message, call: GrpcCall): Promise<Message> }
  | { readonly kind: 'server-stream'; handle(request: Message, call: GrpcCall): AsyncIterable<Message> }
  | { readonly kind: 'client-stream'; handle(requests: AsyncIterable<Message>, call: GrpcCall): Promise<Message> }
  | { readonly kind: 'both'; handle(requests: AsyncIterable<Message>, call: GrpcCall): AsyncIterable<Message> };

export interface MethodShape {
  readonly request: string;
  readonly response: string;
  readonly clientStreams?: boolean;
  readonly serverStreams?: boolean;
}

/** A `.proto` file. */
export interface ProtoFile {
  /** `grpc/health/v1/health.proto` */
  readonly name: string;
  readonly package: string;
  /** Every message that a field or a method names, nested ones too. */
  readonly messages: Readonly<Record<string, MessageTable>>;
  /** `Message.field` -> the enum of it; the values count from 0. */
  readonly enums?: Readonly<Record<string, { readonly name: string; readonly values: readonly string[] }>>;
  readonly services: Readonly<Record<string, Readonly<Record<string, MethodShape>>>>;
}

export interface ServedService {
  readonly file: ProtoFile;
  /** `Health` */
  readonly service: string;
  readonly handlers: Readonly<Record<string, Handler>>;
  /** Rejects with a GrpcError for whoever may not call. Without it everybody may. */
  readonly authenticate?: (call: GrpcCall) => Promise<void>;
  /** Not told by reflection. */
  readonly hidden?: boolean;
}

export const fullName = (file: Pick<ProtoFile, 'package'>, name: string): string => (file.package === '' ? name : `${file.package}.${name}`);
