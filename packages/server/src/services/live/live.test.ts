import { Centrifuge } from 'centrifuge';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock, type Clock } from '../../infra/clock.ts';
import { nobody } from '../../web/identity.ts';
import type { ResourceEvent, StoredResource } from '../../storage/resource-store.ts';
import type { LiveSettings } from '../../setting/live-settings.ts';
import { admin, dial, otherOrg, startLive, type LiveWorld } from './live-fixtures.ts';
import { createOriginRule } from './origin.ts';

const worlds: LiveWorld[] = [];
async function world(settings: Partial<LiveSettings> = {}, clock?: Clock) {
  const made = await startLive(settings, clock);
  worlds.push(made);
  return made;
}
afterEach(async () => {
  for (const made of worlds.splice(0)) await made.close();
});

const subscribe = (id: number, channel: string, more: object = {}) => ({ id, subscribe: { channel, flag: 1, ...more } });
const saved = (name: string, type: ResourceEvent['type'] = 'MODIFIED') =>
  ({ type, resourceVersion: 17, object: { group: 'dashboard.grafana.app', resource: 'dashboards', namespace: 'default', name } as StoredResource }) satisfies ResourceEvent;

describe('the centrifuge client', () => {
  test.each(['json', 'protobuf'] as const)('subscribes, hears a publication, and publishes, in %s', async (protocol) => {
    const w = await world();
    w.readable.add('abc').add('def');
    w.writable.add('abc');
    const url = protocol === 'json' ? w.url : `${w.url}?format=protobuf`;
    const { Centrifuge: Client } = protocol === 'json' ? { Centrifuge } : await import('centrifuge/build/protobuf');
    const client = new Client(url, { websocket: WebSocket });
    const channel = client.newSubscription('default/grafana/dashboard/uid/abc');
    const publications: unknown[] = [];
    const twice = new Promise<void>((resolve) => channel.on('publication', (p: { data: Uint8Array }) => {
      publications.push(protocol === 'json' ? p.data : JSON.parse(new TextDecoder().decode(p.data)));
      if (publications.length === 2) resolve();
    }));
    const subscribed = new Promise((resolve) => channel.once('subscribed', resolve));
    channel.subscribe();
    client.connect();
    await subscribed;
    w.sent(saved('abc'));
    const event = { uid: 'abc', action: 'editing-started', sessionId: 's', timestamp: 5 };
    await channel.publish(protocol === 'json' ? event : new TextEncoder().encode(JSON.stringify(event)));
    await twice;
    expect(publications).toEqual([{ uid: 'abc', action: 'saved', rv: '17' }, { uid: 'abc', action: 'editing-started', sessionId: 's' }]);
    client.disconnect();
  });
});

describe('the socket', () => {
  test('greets, and answers commands of one frame each by its number', async () => {
    const w = await world();
    const client = await dial(w.url, { greet: false });
    client.send('{"connect":{"name":"js"},"id":1}\n{"subscribe":{"channel":"default/stream/a/b"},"id":2}\n{"unsubscribe":{"channel":"default/stream/x/y"},"id":3}');
    expect(await client.next()).toEqual({ id: 1, connect: { client: expect.stringMatching(/^[0-9a-f-]{36}$/), ping: 25, pong: true } });
    expect([await client.next(), await client.next()].sort((a, b) => Number(a['id']) - Number(b['id']))).toEqual([{ id: 2, subscribe: {} }, { id: 3, unsubscribe: {} }]);
  });

  test.each([
    ['nothing', ''], ['no JSON', 'hello'], ['a list', '[]'], ['a second connect', '{"connect":{},"id":2}'], ['an unasked pong', '{}'], ['half a command', '{"id":2,'],
    ['an unknown command', '{"dance":{},"id":2}'], ['a negative number', '{"subscribe":{"channel":"default/stream/a/b"},"id":-2}'], ['an unknown delta', '{"subscribe":{"channel":"a","delta":"x"},"id":2}'],
  ])('ends when it gets %s', async (_, frame) => {
    const client = await dial((await world()).url);
    client.send(frame);
    expect(await client.closed).toEqual({ code: 3501, reason: 'bad request' });
  });

  test('refuses a channel by the error that tells the client whether to try again', async () => {
    const w = await world();
    const client = await dial(w.url);
    const refusals: Record<string, number> = {
      nothing: 100, 'default/stream/a': 400, 'default/bad scope/x/y': 400, 'default/foo/bar/baz': 100, 'org-2/stream/a/b': 103, 'org-1/stream/a/b': 100, '1/stream/a/b': 100,
      'default/grafana/dashboard/x': 404, 'default/grafana/dashboard/uid/absent': 403, 'default/ds/none/x': 100, [`default/stream/a/${'b'.repeat(250)}`]: 107,
    };
    for (const [channel, code] of Object.entries(refusals)) {
      client.send(subscribe(5, channel));
      expect(await client.next(), channel).toMatchObject({ id: 5, error: { code } });
    }
    client.send(subscribe(6, 'default/stream/a/b'));
    expect(await client.next()).toEqual({ id: 6, subscribe: {} });
    client.send(subscribe(7, 'default/stream/a/b'));
    expect(await client.next()).toMatchObject({ id: 7, error: { code: 105 } });
    client.send({ id: 8, presence: { channel: 'default/stream/a/b' } });
    expect(await client.next()).toEqual({ id: 8, error: { code: 108, message: 'not available' } });
  });

  test('lets the connection above the limit go after its greeting', async () => {
    const w = await world({ connectionsMax: 1 });
    await dial(w.url, { greet: false });
    const first = await dial(w.url);
    const second = await dial(w.url);
    expect(await second.closed).toEqual({ code: 3504, reason: 'connection limit' });
    first.send(subscribe(2, 'default/stream/a/b'));
    expect(await first.next()).toEqual({ id: 2, subscribe: {} });
  });

  test('lets a reader go that does not keep up, and keeps the others', async () => {
    const w = await world({ queuedBytesMax: 200_000 });
    const [slow, quick] = [await dial(w.url), await dial(w.url)];
    for (const client of [slow, quick]) {
      client.send(subscribe(2, 'default/stream/a/b'));
      await client.next();
    }
    slow.socket.pause();
    const message = JSON.stringify('x'.repeat(50_000));
    for (let i = 0; i < 1_000 && w.live.subscriberCount('default/stream/a/b') === 2; i++) {
      w.live.publish('default/stream/a/b', message);
      await quick.next();
    }
    expect(w.live.subscriberCount('default/stream/a/b')).toBe(1);
    slow.socket.resume();
    await slow.closed;
  });

  test('pings, and ends when nobody answers', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const w = await world();
      const client = await dial(w.url);
      const ping = new Promise((resolve) => client.socket.once('message', (data) => resolve(String(data))));
      vi.advanceTimersByTime(12_500);
      expect(await ping).toBe('{}');
      vi.advanceTimersByTime(10_000);
      expect(await client.closed).toEqual({ code: 3012, reason: 'no pong' });
    } finally {
      vi.useRealTimers();
    }
  });

  test('ends all connections of a person of whom it knows too little by now; visitors stay', async () => {
    let later = 0;
    const w = await world({}, { ...systemClock, now: () => Date.now() + later });
    const [mine, alsoMine] = [await dial(w.url), await dial(w.url)];
    w.identity = { ...nobody, kind: 'anonymous', orgId: 1, orgRole: 'Viewer' };
    const visitor = await dial(w.url);
    later = 300_000;
    mine.send(subscribe(2, 'default/stream/a/b'));
    expect(await mine.next()).toEqual({ id: 2, subscribe: {} });
    later = 660_000;
    mine.send(subscribe(3, 'default/stream/a/c'));
    expect(await mine.next()).toEqual({ id: 3, error: { code: 110, message: 'expired' } });
    expect([await mine.closed, await alsoMine.closed]).toEqual([{ code: 3005, reason: 'connection expired' }, { code: 3005, reason: 'connection expired' }]);
    visitor.send(subscribe(2, 'default/stream/a/b'));
    expect(await visitor.next()).toEqual({ id: 2, subscribe: {} });
  });

  test('refuses handshakes of strangers', async () => {
    const w = await world({ allowedOrigins: ['http://*.friends.example.com'] });
    await expect(dial(w.url, { headers: { Origin: 'http://evil.example.org' } })).rejects.toThrow('403');
    await dial(w.url, { headers: { Origin: 'http://a.b.friends.example.com' } });
  });

  test('says on stopping that one should come back', async () => {
    const w = await world();
    const client = await dial(w.url);
    await w.live.stop();
    expect(await client.closed).toEqual({ code: 3001, reason: 'shutdown' });
  });
});

describe('dashboards', () => {
  test('tell who comes and goes, and what was saved', async () => {
    const w = await world();
    w.readable.add('x');
    const first = await dial(w.url);
    first.send(subscribe(2, 'default/grafana/dashboard/uid/x'));
    expect(await first.next()).toEqual({ id: 2, subscribe: {} });
    expect(await first.next()).toMatchObject({ push: { channel: 'default/grafana/dashboard/uid/x', join: { info: { user: '1' } } } });
    w.identity = { ...admin, id: 5 };
    const second = await dial(w.url);
    second.send(subscribe(2, 'default/grafana/dashboard/uid/x'));
    expect(await first.next()).toMatchObject({ push: { join: { info: { user: '5' } } } });
    second.socket.close();
    expect(await first.next()).toMatchObject({ push: { leave: { info: { user: '5' } } } });
    w.sent(saved('x', 'ADDED'));
    w.sent(saved('x', 'DELETED'));
    expect(await first.next()).toMatchObject({ push: { pub: { data: { uid: 'x', action: 'deleted' } } } });
    w.live.dashboardSaved({ namespace: 'default', name: 'x', resourceVersion: 18 });
    expect(await first.next()).toMatchObject({ push: { pub: { data: { uid: 'x', action: 'saved', rv: '18' } } } });
  });

  test('take an announcement by HTTP as it came, and refuse all others', async () => {
    const w = await world();
    w.readable.add('x');
    w.writable.add('x');
    const client = await dial(w.url);
    client.send(subscribe(2, 'default/grafana/dashboard/uid/x'));
    await client.next();
    await client.next();
    const event = { uid: 'x', action: 'editing-started', timestamp: 17, extra: [1] };
    expect(await w.live.publishAs(admin, 'grafana/dashboard/uid/x', JSON.stringify(event))).toMatchObject({ status: 'ok' });
    expect(await client.next()).toMatchObject({ push: { pub: { data: event } } });
    expect(await w.live.publishAs(admin, 'grafana/dashboard/uid/x', '{"uid":"x","action":"saved"}')).toBe('unacceptable');
    expect(await w.live.publishAs(admin, 'stream/a/b', '{}')).toEqual({ status: 'permission-denied' });
    expect(await w.live.publishAs(admin, 'a/b', '{}')).toBe('invalid');
  });
});

describe('managed streams', () => {
  test('give the schema to newcomers and whenever it changes, and stay within the org', async () => {
    const w = await world();
    await w.live.push(admin, 'tele', 'm,host=a v=1,w=2i 1700000000000000000', 'labels_column');
    const client = await dial(w.url);
    client.send(subscribe(2, 'default/stream/tele/m'));
    expect(await client.next()).toMatchObject({ subscribe: { data: { schema: { name: 'm' }, data: { values: [['host=a'], [1_700_000_000_000], [1], [2]] } } } });
    await w.live.push(admin, 'tele', 'm,host=b v=3,w=4i 1700000001000000000', 'labels_column');
    expect(await client.next()).toEqual({ push: { channel: 'default/stream/tele/m', pub: { data: { data: { values: [['host=b'], [1_700_000_001_000], [3], [4]] } } } } });
    await w.live.push(otherOrg, 'tele', 'm v=9 1700000001000000000', 'labels_column');
    await w.live.push(admin, 'tele', 'm,host=b v=3 1700000001000000000', 'wide');
    expect(await client.next()).toMatchObject({ push: { pub: { data: { schema: { fields: [{ name: 'time' }, { name: 'v', labels: { host: 'b' } }] } } } } });
    expect((await w.live.list(admin)).map((c) => c.channel).at(-1)).toBe('stream/tele/m');
    expect((await w.live.list(admin)).at(-1)?.minute_rate).toBe(3);
  });

  test('are fed through a socket, which a bad message does not end', async () => {
    const w = await world();
    const client = await dial(w.url);
    client.send(subscribe(2, 'default/stream/ws/m'));
    await client.next();
    const pusher = await dial(`${w.url}/push/ws`, { greet: false });
    pusher.send('nonsense');
    pusher.send('m v=1 1700000000000000000');
    expect(await client.next()).toMatchObject({ push: { pub: { data: { data: { values: [[''], [1_700_000_000_000], [1]] } } } } });
  });
});

test('an origin is compared with the request, the root URL and the patterns', () => {
  const rule = createOriginRule('http://grafana.example.com/', ['https://solo.example.net', 'http://{a,b}.x[0-9].org']);
  const host = 'any.example.com:9000';
  expect(['http://any.example.com:9000', 'HTTP://ANY.example.com:9000', 'http://grafana.example.com', 'https://solo.example.net', 'http://b.x7.org'].filter((o) => !rule.allows(o, host))).toEqual([]);
  expect(['http://any.example.com:9001', 'https://grafana.example.com', 'http://grafana.example.com:80', 'null', 'http://[bad', 'http://c.x7.org'].filter((o) => rule.allows(o, host))).toEqual([]);
});

test('what metrics say of clients and messages', async () => {
  const w = await world();
  const client = await dial(w.url);
  client.send(subscribe(2, 'default/stream/tele/m'));
  await client.next();
  client.send(subscribe(3, 'default/foo/bar/baz'));
  await client.next();
  await w.live.push(admin, 'tele', 'm v=1 1700000000000000000', 'labels_column');
  const other = await dial(w.url);
  other.send('nonsense');
  await other.closed;
  const text = await w.metrics.metrics();
  for (const line of [
    'node_num_clients 1', 'node_num_users 1', 'node_num_subscriptions 1', 'node_num_channels 1', 'node_messages_sent_count 1',
    'client_num_reply_errors{code="100"} 1', 'client_num_server_disconnects{code="3501"} 1',
  ]) expect(text).toContain(`grafana_live_${line}\n`);
});
