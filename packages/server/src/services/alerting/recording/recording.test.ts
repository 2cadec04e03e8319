import { frame, field } from '@belvedere/dataframe';
import { expect, test } from 'vitest';
import type { HttpClient, OutgoingRequest } from '../../../tsdb/http-client/http-client.ts';
import type { DataSourceService } from '../../datasources/records/data-source.ts';
import { recordedSeries } from './recorded-series.ts';
import { createRemoteWriter, writeUrl } from './remote-writer.ts';
import { snappyBlock, staleMarker, writeRequest } from './write-request.ts';

/** Reads a block of literals. */
function unpacked(block: Buffer): Buffer {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = block[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const length = varint();
  const parts: Buffer[] = [];
  while (at < block.length) {
    const tag = block[at++]!;
    expect(tag & 3).toBe(0);
    const size = tag >> 2;
    const bytes = size < 60 ? 0 : size - 59;
    const count = 1 + (bytes === 0 ? size : block.readUIntLE(at, bytes));
    at += bytes;
    parts.push(block.subarray(at, at + count));
    at += count;
  }
  const whole = Buffer.concat(parts);
  expect(whole.length).toBe(length);
  return whole;
}

/** Fields of a protobuf message, in order. */
function fieldsOf(message: Buffer): { readonly field: number; readonly value: Buffer | bigint }[] {
  const found: { field: number; value: Buffer | bigint }[] = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const key = Number(varint());
    if ((key & 7) === 0) found.push({ field: key >> 3, value: varint() });
    else {
      const length = (key & 7) === 1 ? 8 : Number(varint());
      found.push({ field: key >> 3, value: message.subarray(at, at + length) });
      at += length;
    }
  }
  return found;
}

const bufferOf = (value: Buffer | bigint | undefined) => value as Buffer;
function seriesOf(block: Buffer) {
  return fieldsOf(unpacked(block)).map(({ value }) => {
    const parts = fieldsOf(bufferOf(value));
    return {
      labels: parts.filter((p) => p.field === 1).map((p) => fieldsOf(bufferOf(p.value)).map((f) => bufferOf(f.value).toString())),
      samples: parts.filter((p) => p.field === 2).map((p) => fieldsOf(bufferOf(p.value))).map(([v, t]) => [bufferOf(v!.value).readDoubleLE(), bufferOf(v!.value).readBigUInt64LE(), t!.value] as const),
    };
  });
}

test.each([0, 1, 60, 61, 256, 257, 65_536, 65_537, 200_000])('a block of %i bytes can be read again', (size) => {
  const content = Buffer.alloc(size, 'abc');
  expect(unpacked(snappyBlock(content)).equals(content)).toBe(true);
});

test('series carry their labels in order, values and times', () => {
  const [cpu] = seriesOf(writeRequest([{ labels: { zone: 'ü', __name__: 'cpu', host: 'a' }, samples: [{ value: 2.5, at: 1_700_000_000_000 }] }]));
  expect(cpu!.labels).toEqual([['__name__', 'cpu'], ['host', 'a'], ['zone', 'ü']]);
  expect(cpu!.samples.map(([value, , at]) => [value, at])).toEqual([[2.5, 1_700_000_000_000n]]);
});

test('the end of a series is the NaN that Prometheus knows', () => {
  const [gone] = seriesOf(writeRequest([{ labels: { __name__: 'x' }, samples: [{ value: staleMarker, at: 5 }] }]));
  expect(gone!.samples[0]![1]).toBe(0x7ff0000000000002n);
});

test('numbers become series with the labels of column and rule; private labels and nulls stay out', () => {
  const frames = [
    frame('', [field('float64', 'A', [1.5], { labels: { host: 'a', team: 'x' } })]), frame('', [field('float64', 'A', [null], { labels: { host: 'b' } })]), frame('', [field('string', 'A', ['text'])]),
  ];
  expect(recordedSeries('cpu:avg', frames, { team: 'blue', __converted_prometheus_rule__: 'true' }, 7)).toEqual([
    { labels: { host: 'a', team: 'blue', __name__: 'cpu:avg' }, samples: [{ value: 1.5, at: 7 }] },
  ]);
  expect(() => recordedSeries('m', [frame('', [field('float64', 'A', [1, 2])])], {}, 7)).toThrow('time series');
});

test.each([
  ['http://p:9090', { prometheusType: 'Prometheus' }, 'http://p:9090/api/v1/write'], ['http://p:9090/base/', { prometheusType: 'Prometheus' }, 'http://p:9090/base/api/v1/write'],
  ['https://u:pw@m/api/prom', {}, 'https://m/api/prom/push'], ['https://m/x/prometheus', { prometheusType: 'Mimir' }, 'https://m/x/api/v1/push'], ['http://m', {}, 'http://m/api/v1/push'], ['ftp://m', {}, undefined], ['', {}, undefined],
])('%s of %j is written to at %s', (url, jsonData, expected) => expect(writeUrl({ settings: { url, jsonData } } as unknown as Parameters<typeof writeUrl>[0])).toBe(expected));

test('a write goes out with the headers of remote write, and a refusal is told', async () => {
  const sent: OutgoingRequest[] = [];
  let status = 204;
  const client = { fetch: async (request: OutgoingRequest) => (sent.push(request), { status, text: async () => 'out of order' }) } as unknown as HttpClient;
  const sources: Record<string, object> = { prom: { record: { type: 'prometheus' }, settings: { url: 'http://p', jsonData: { prometheusType: 'Prometheus' } } }, loki: { record: { type: 'loki' } } };
  const dataSources = { resolve: async (_orgId: number, { uid }: { uid: string }) => sources[uid] } as unknown as DataSourceService;
  const writer = createRemoteWriter({ dataSources, clientFor: () => client, timeoutMs: 5000, headers: { 'X-Tenant': 'a' } });
  await writer.write(1, 'prom', [{ labels: { __name__: 'm' }, samples: [{ value: 1, at: 2 }] }]);
  expect([sent[0]!.method, sent[0]!.url]).toEqual(['POST', 'http://p/api/v1/write']);
  expect(sent[0]!.headers).toMatchObject({ 'X-Tenant': 'a', 'content-encoding': 'snappy', 'content-type': 'application/x-protobuf', 'x-prometheus-remote-write-version': '0.1.0' });
  expect(seriesOf(sent[0]!.body as Buffer)[0]!.labels).toEqual([['__name__', 'm']]);
  status = 400;
  await expect(writer.write(1, 'prom', [])).rejects.toThrow('remote write failed: status 400: out of order');
  await expect(writer.write(1, 'loki', [])).rejects.toThrow('not a Prometheus');
  await expect(writer.write(1, 'none', [])).rejects.toThrow('data source not found');
  await expect(writer.write(1, '', [])).rejects.toThrow('data source not found');
});
