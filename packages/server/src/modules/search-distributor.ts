/** Asks the search servers that a namespace belongs to, one after the other (apiserver-and-storage §9.1 `search-server-distributor`). */
import { Client, credentials, Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { storageFile, wireOf } from '../apiserver/storage-server/storage-protocol.ts';
import { GrpcError, grpcCode, type GrpcCall, type Handler, type Message, type ServedService } from '../infra/grpc/grpc-service.ts';
import { numberOf, objectOf, textOf } from '../util/json-value.ts';
import type { RingMember, SearchRing } from './search-ring.ts';

/** Who asks is decided by the search server. */
const passedOn = ['grafana-login', 'grafana-user-id', 'grafana-userid', 'grafana-user-uid', 'grafana-org-id', 'grafana-orgid', 'grafana-org-role', 'grafana-idtoken', 'x-access-token', 'x-id-token'];
const callMsMax = 60_000;

export interface SearchDistributor {
  readonly services: readonly ServedService[];
  close(): void;
}

export function createSearchDistributor({ ring }: { readonly ring: SearchRing }): SearchDistributor {
  const clients = new Map<string, Client>();

  function clientOf(address: string): Client {
    let client = clients.get(address);
    if (!client) clients.set(address, (client = new Client(address, credentials.createInsecure(), { 'grpc.max_receive_message_length': -1 })));
    return client;
  }

  function ask(member: RingMember, service: string, method: string, request: Message, call: GrpcCall): Promise<Message> {
    const { path, write, read } = wireOf(service, method);
    const headers = new Metadata();
    for (const name of passedOn) if (call.header(name) !== '') headers.set(name, call.header(name));
    return new Promise((done, fail) => {
      clientOf(member.address).makeUnaryRequest(
        path, write, read, request, headers, { deadline: Date.now() + callMsMax }, (error, message) => (error ? fail(error) : done(message!)),
      );
    });
  }

  const nobody = () => new GrpcError(grpcCode.unavailable, 'there is no search server');

  const forwarded = (service: string, method: string): Handler => ({
    kind: 'unary',
    async handle(request, call) {
      const owners = await ring.ownersOf(namespaceIn(request));
      // Every search server can answer for every namespace: where the owners are silent, the others do.
      const others = (await ring.members()).filter(({ name, state }) => state === 'ACTIVE' && owners.every((owner) => owner.name !== name));
      for (const member of [...owners, ...others]) {
        try {
          return await ask(member, service, method, request, call);
        } catch (error) {
          const { code, details } = error as ServiceError;
          if (code !== status.UNAVAILABLE) throw new GrpcError(code ?? grpcCode.internal, details ?? 'the search server failed');
        }
      }
      throw nobody();
    },
  });

  /** Of every server. */
  const rebuild: Handler = {
    kind: 'unary',
    async handle(request, call) {
      const members = (await ring.members()).filter(({ state }) => state === 'ACTIVE');
      if (members.length === 0) throw nobody();
      const answers = await Promise.allSettled(members.map((member) => ask(member, 'ResourceIndex', 'RebuildIndexes', request, call)));
      const heard = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
      if (heard.length === 0) throw nobody();
      return {
        ...heard[0], rebuildCount: heard.reduce((sum, answer) => sum + numberOf(answer['rebuildCount'], 0), 0),
        contactedAllInstances: heard.length === members.length,
      };
    },
  };

  const served = (service: string, handlers: Readonly<Record<string, Handler>>): ServedService => ({ file: storageFile, service, handlers });
  return {
    services: [
      served('ResourceIndex', { Search: forwarded('ResourceIndex', 'Search'), GetStats: forwarded('ResourceIndex', 'GetStats'), RebuildIndexes: rebuild }),
      served('ManagedObjectIndex', { CountManagedObjects: forwarded('ManagedObjectIndex', 'CountManagedObjects'), ListManagedObjects: forwarded('ManagedObjectIndex', 'ListManagedObjects') }),
      served('Diagnostics', { IsHealthy: { kind: 'unary', handle: async () => ({ status: (await ring.members()).some(({ state }) => state === 'ACTIVE') ? 1 : 2 }) } }),
    ],
    close() {
      for (const client of clients.values()) client.close();
    },
  };
}

const namespaceIn = (request: Message): string => textOf(request['namespace']) || textOf(objectOf(objectOf(request['options'])['key'])['namespace']);
