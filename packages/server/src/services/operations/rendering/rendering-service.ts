import { Counter, Gauge, type Registry, Summary } from 'prom-client';
import type { Clock } from '../../../infra/clock.ts';
import type { Logger } from '../../../infra/log/log.ts';
import type { BackgroundService } from '../../../registry/background-service.ts';
import type { HttpClient } from '../../../tsdb/http-client/http-client.ts';
import { objectOf, textOf } from '../../../util/json-value.ts';
import { grafanaVersion } from '../../../util/version.ts';
import type { RenderKeys } from '../../identity/authn/render/render-keys.ts';
import type { Rendered, RenderingService, RenderRequest } from './rendering.ts';

export interface RenderingSettings {
  /** `http://renderer:8081/render`; '' for none. */
  readonly serverUrl: string;
  /** Where the renderer finds our pages, with a slash at the end. */
  readonly callbackUrl: string;
  readonly token: string;
  readonly concurrentMax: number;
  readonly domain: string;
}

export interface RenderingDeps {
  readonly settings: RenderingSettings;
  readonly client: HttpClient;
  readonly keys: RenderKeys;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
}

const versionTries = 4;
const versionTryMs = 15_000;
const versionEveryMs = 900_000;
const imageBytesMax = 100 * 1_048_576;

export function createRenderingService({ settings, client, keys, clock, log, metrics }: RenderingDeps): RenderingService & BackgroundService {
  const { serverUrl, callbackUrl, token, concurrentMax, domain } = settings;
  let version = '';
  let underWay = 0;
  const registers = [metrics];
  const total = new Counter({ name: 'grafana_rendering_request_total', help: 'Number of images that were asked for.', labelNames: ['status', 'type'], registers });
  const milliseconds = new Summary({
    name: 'grafana_rendering_request_duration_milliseconds', help: 'Milliseconds that making an image took.', labelNames: ['status', 'type'], percentiles: [0.5, 0.9, 0.99], maxAgeSeconds: 600, ageBuckets: 5, registers,
  });
  new Gauge({ name: 'grafana_rendering_queue_size', help: 'Number of images being made.', registers, collect() { this.set(underWay); } });

  async function ask(request: RenderRequest, renderKey: string, signal: AbortSignal): Promise<Rendered> {
    const url = new URL(serverUrl);
    const query: Record<string, string> = {
      url: `${callbackUrl}${request.path}&render=1`, renderKey, domain, timezone: posixZone(request.timezone), encoding: request.encoding, timeout: String(Math.ceil(request.timeoutMs / 1000)),
      ...(request.encoding === 'png' ? { width: String(request.width), height: String(request.height) } : {}), deviceScaleFactor: request.scale.toFixed(6),
    };
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const timeLimit = AbortSignal.timeout(2 * request.timeoutMs);
    try {
      const answer = await client.fetch({
        method: 'GET', url: url.toString(), signal: AbortSignal.any([signal, timeLimit]),
        headers: { 'X-Auth-Token': token, 'X-Tenant-ID': domain, 'User-Agent': `Grafana/${grafanaVersion}`, ...(request.acceptLanguage === '' ? {} : { 'Accept-Language': request.acceptLanguage }) },
      });
      if (answer.status === 200) {
        const body = await bounded(answer.stream());
        return body ? { kind: 'done', body } : { kind: 'failed' };
      }
      const text = (await answer.text()).slice(0, 200);
      log.error('The renderer refused to make an image', { status: answer.status, text });
      return { kind: answer.status === 408 ? 'timeout' : answer.status === 429 ? 'busy' : 'failed' };
    } catch (error) {
      if (signal.aborted) throw error;
      log.error('The renderer did not answer', { error });
      return { kind: timeLimit.aborted ? 'timeout' : 'failed' };
    }
  }

  async function askVersion(signal: AbortSignal): Promise<string | undefined> {
    const answer = await client.fetch({
      method: 'GET', url: `${serverUrl.replace(/\/+$/, '')}/version`, headers: { 'X-Auth-Token': token }, signal: AbortSignal.any([signal, AbortSignal.timeout(versionTryMs)]),
    });
    const text = await answer.text();
    // The first renderers had no such address.
    if (answer.status === 404) return '1.0.0';
    if (answer.status !== 200) throw new Error(`the renderer answered ${answer.status}`);
    return textOf(objectOf(JSON.parse(text))['version']);
  }

  return {
    name: 'image renderer',
    available: serverUrl !== '',
    get version() {
      return version;
    },
    async render(request, signal) {
      if (serverUrl === '' || (request.encoding === 'pdf' && version !== '' && !isAtLeast(version, 3, 10))) return { kind: 'missing' };
      if (concurrentMax > 0 && underWay >= concurrentMax) return { kind: 'limit' };
      underWay++;
      const started = performance.now();
      let kind: Rendered['kind'] = 'failed';
      let key: string | undefined;
      try {
        key = await keys.create(request.person);
        const made = await ask(request, key, signal);
        kind = made.kind;
        return made;
      } finally {
        underWay--;
        const labels = { status: kind === 'done' ? 'success' : kind === 'timeout' ? 'timeout' : 'failure', type: request.encoding };
        total.inc(labels);
        milliseconds.observe(labels, performance.now() - started);
        // The page need not be opened again; an image that is there is not taken back for that.
        if (key !== undefined) await keys.end(key).catch((error: unknown) => log.warn('A render key was not ended', { error }));
      }
    },
    async run(signal) {
      if (serverUrl === '') return;
      for (let tried = 1; !signal.aborted; tried++) {
        try {
          version = (await askVersion(signal)) ?? version;
          tried = 0;
        } catch (error) {
          if (signal.aborted) return;
          if (tried === versionTries) log.warn('The version of the image renderer is not known', { error });
        }
        await clock.sleep(tried > 0 && tried < versionTries ? versionTryMs : versionEveryMs, signal).catch(() => {});
      }
    },
  };
}

async function bounded(parts: AsyncIterable<Uint8Array>): Promise<Buffer | undefined> {
  const kept: Uint8Array[] = [];
  let size = 0;
  for await (const part of parts) {
    size += part.length;
    if (size > imageBytesMax) return undefined;
    kept.push(Uint8Array.prototype.slice.call(part));
  }
  return Buffer.concat(kept);
}

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [first = 0, second = 0] = version.split('.').map(Number);
  return first > major || (first === major && second >= minor);
}

/** `UTC+02:00` as browsers' environments have it, where the sign tells the way to UTC. */
export const posixZone = (zone: string): string => zone.replace(/^(UTC)([+-])(\d\d:\d\d)$/, (_, utc: string, sign: string, offset: string) => `${utc}${sign === '+' ? '-' : '+'}${offset}`);
