/** `grpc.health.v1.Health`: for probes, without a password (apiserver-and-storage §8.3). */
import type { ProtoFile, ServedService } from './grpc-service.ts';

const HealthCheckRequest = { service: { number: 1, type: 'string' } } as const;
const HealthCheckResponse = { status: { number: 1, type: 'enum' } } as const;

export const healthFile: ProtoFile = {
  name: 'grpc/health/v1/health.proto', package: 'grpc.health.v1', messages: { HealthCheckRequest, HealthCheckResponse },
  enums: { 'HealthCheckResponse.status': { name: 'ServingStatus', values: ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] } },
  services: { Health: { Check: { request: 'HealthCheckRequest', response: 'HealthCheckResponse' }, Watch: { request: 'HealthCheckRequest', response: 'HealthCheckResponse', serverStreams: true } } },
};

export const servingStatus = { unknown: 0, serving: 1, notServing: 2 } as const;

export interface HealthDeps {
  /** Of any service: there is one answer for all of them. */
  readonly isHealthy: () => Promise<boolean>;
  /** How often a watcher's answer is looked for. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

const watchEveryMs = 5_000;

export function healthService({ isHealthy, sleep }: HealthDeps): ServedService {
  const status = async () => ((await isHealthy().catch(() => false)) ? servingStatus.serving : servingStatus.notServing);
  return {
    file: healthFile, service: 'Health',
    handlers: {
      Check: { kind: 'unary', handle: async () => ({ status: await status() }) },
      Watch: {
        kind: 'server-stream',
        async *handle(_request, { signal }) {
          let told: number | undefined;
          while (!signal.aborted) {
            const now = await status();
            if (now !== told) yield { status: now };
            told = now;
            await sleep(watchEveryMs, signal).catch(() => {});
          }
        },
      },
    },
  };
}
