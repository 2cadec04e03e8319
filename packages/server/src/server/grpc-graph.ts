/** Grafana's own gRPC server, behind the toggle `grpcServer` (apiserver-and-storage §8.3): health and reflection for everybody, nothing else yet. */
import { storageMethods } from '../apiserver/storage-server/storage-protocol.ts';
import { systemClock } from '../infra/clock.ts';
import { bearerAuthentication } from '../infra/grpc/bearer-authentication.ts';
import { createGrpcServer, type GrpcServer } from '../infra/grpc/grpc-server.ts';
import { GrpcError, grpcCode, type ServedService } from '../infra/grpc/grpc-service.ts';
import { healthService } from '../infra/grpc/health-service.ts';
import { reflectionService } from '../infra/grpc/reflection-service.ts';
import type { Logger } from '../infra/log/log.ts';
import type { Authenticator } from '../middleware/auth.ts';
import { readGrpcSettings } from '../setting/grpc-settings.ts';
import type { Settings } from '../setting/settings.ts';

export interface GrpcDeps {
  readonly settings: Pick<Settings, 'ini'>;
  readonly log: Logger;
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
}

export function buildGrpc({ settings, log, authenticator }: GrpcDeps): GrpcServer {
  const authenticate = bearerAuthentication(async (token) => {
    const request = { method: 'GET', url: '/', path: '/', search: new URLSearchParams(), headers: { authorization: `Bearer ${token}` }, cookies: {}, ip: '127.0.0.1' };
    const { identity, failure } = await authenticator.authenticate(request);
    return failure ? undefined : identity;
  });
  const health = healthService({ isHealthy: async () => true, sleep: (ms, signal) => systemClock.sleep(ms, signal) });
  // Storage is served by a process of its own; here it is known by name, so that whoever has no token hears of that first.
  const elsewhere = storageMethods.map(({ file, service, methods }): ServedService => ({
    file, service, hidden: true, authenticate,
    handlers: Object.fromEntries(methods.map((name) => [name, {
      kind: 'unary' as const,
      handle: async () => {
        throw new GrpcError(grpcCode.unimplemented, `unknown service ${file.package}.${service}`);
      },
    }])),
  }));
  return createGrpcServer({ settings: readGrpcSettings(settings.ini), log, services: [health, ...elsewhere, reflectionService([health])] });
}
