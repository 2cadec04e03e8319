/** Answers every range query with the same body, made once: what is measured is Belvedere. */
import { createServer } from 'node:http';

export interface StubPrometheus {
  readonly url: string;
  stop(): Promise<void>;
}

export function startStubPrometheus(): Promise<StubPrometheus> {
  const bodies = new Map<string, Buffer>();
  const server = createServer((req, res) => {
    const parts: Buffer[] = [];
    req.on('data', (part: Buffer) => parts.push(part));
    req.on('end', () => {
      const asked = `${req.url}&${Buffer.concat(parts)}`;
      const [, series = '1', points = '1'] = /bench_(\d+)_(\d+)/.exec(asked) ?? [];
      const key = `${series}x${points}${asked.includes('/query_range') ? '' : 'i'}`;
      let body = bodies.get(key);
      if (!body) {
        body = asked.includes('/query_range') ? matrix(Number(series), Number(points)) : vector(Number(series));
        bodies.set(key, body);
      }
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
    });
  });
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      done({ url: `http://127.0.0.1:${port}`, stop: () => new Promise((end) => { server.closeAllConnections(); server.close(() => end()); }) });
    });
  });
}

const metric = (i: number) => ({ __name__: 'bench', job: 'bench', instance: `10.0.0.${i % 250}:9090`, series: String(i) });

function matrix(series: number, points: number): Buffer {
  const start = 1_700_000_000;
  const result = Array.from({ length: series }, (_, i) => ({ metric: metric(i), values: Array.from({ length: points }, (_, p) => [start + p * 15, String((i + p) * 1.234567)]) }));
  return Buffer.from(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } }));
}

function vector(series: number): Buffer {
  const result = Array.from({ length: series }, (_, i) => ({ metric: metric(i), value: [1_700_000_000, String(i * 1.5)] }));
  return Buffer.from(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
}
