import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { admin, dial, otherOrg, startLive, type LiveWorld } from './live-fixtures.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const worlds: LiveWorld[] = [];
async function world(address: string, prefix = 'test.gf_live') {
  const made = await startLive({ redis: { address, password: '', prefix } });
  worlds.push(made);
  await made.live.joined;
  return made;
}
afterEach(async () => {
  for (const made of worlds.splice(0)) await made.close();
});

const push = (w: LiveWorld, line: string) => w.live.push(admin, 'tele', line, 'labels_column');

describe.skipIf(spawnSync('redis-server', ['--version']).error)('two processes and Redis', () => {
  let redis: ChildProcess;
  let address = '';
  beforeAll(async () => {
    const port = await freePort();
    address = `127.0.0.1:${port}`;
    redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], { stdio: ['ignore', 'pipe', 'ignore'] });
    for await (const chunk of redis.stdout!) if (String(chunk).includes('Ready to accept')) break;
  });
  afterAll(async () => {
    redis.kill();
    await once(redis, 'exit');
  });

  test('a frame pushed to one reaches the subscribers of the other, its schema once', async () => {
    const [a, b] = [await world(address), await world(address)];
    const here = await dial(a.url);
    const there = await dial(b.url);
    for (const client of [here, there]) {
      client.send({ id: 2, subscribe: { channel: 'default/stream/tele/m', flag: 1 } });
      expect(await client.next()).toEqual({ id: 2, subscribe: {} });
    }
    // One after the other: what two processes push at once comes in the order of its arrival.
    await push(a, 'm v=1 1700000000000000000');
    for (const client of [here, there]) {
      expect(await client.next()).toMatchObject({ push: { pub: { data: { schema: { name: 'm' }, data: { values: [[''], [1_700_000_000_000], [1]] } } } } });
    }
    await push(b, 'm v=2 1700000001000000000');
    for (const client of [here, there]) {
      expect(await client.next()).toEqual({ push: { channel: 'default/stream/tele/m', pub: { data: { data: { values: [[''], [1_700_000_001_000], [2]] } } } } });
    }
    const late = await dial((await world(address)).url);
    late.send({ id: 2, subscribe: { channel: 'default/stream/tele/m', flag: 1 } });
    expect(await late.next()).toMatchObject({ id: 2, subscribe: { data: { schema: { name: 'm' }, data: { values: [[''], [1_700_000_001_000], [2]] } } } });
    for (const w of [a, b]) expect((await w.live.list(admin)).at(-1)).toMatchObject({ channel: 'stream/tele/m', minute_rate: 2 });
    expect((await a.live.list(otherOrg)).map((one) => one.channel)).not.toContain('stream/tele/m');
  });

  test('who comes, goes and edits a dashboard is heard of in both', async () => {
    const [a, b] = [await world(address), await world(address)];
    for (const w of [a, b]) w.readable.add('x');
    a.writable.add('x');
    const channel = 'default/grafana/dashboard/uid/x';
    const there = await dial(b.url);
    there.send({ id: 2, subscribe: { channel, flag: 1 } });
    expect(await there.next()).toEqual({ id: 2, subscribe: {} });
    expect(await there.next()).toMatchObject({ push: { join: { info: { user: '1' } } } });
    const here = await dial(a.url);
    here.send({ id: 2, subscribe: { channel, flag: 1 } });
    expect(await there.next()).toMatchObject({ push: { channel, join: { info: { user: '1' } } } });
    here.send({ id: 3, publish: { channel, data: { uid: 'x', action: 'editing-started', sessionId: 's' } } });
    expect(await there.next()).toEqual({ push: { channel, pub: { data: { uid: 'x', action: 'editing-started', sessionId: 's' } } } });
    here.socket.close();
    expect(await there.next()).toMatchObject({ push: { channel, leave: { info: { user: '1' } } } });
  });

  test('clusters of other prefixes are not heard', async () => {
    const [a, b] = [await world(address, 'one.gf_live'), await world(address, 'on*.gf_live')];
    await push(a, 'm v=1 1700000000000000000');
    expect((await b.live.list(admin)).map((one) => one.channel)).not.toContain('stream/tele/m');
    const client = await dial(b.url);
    client.send({ id: 2, subscribe: { channel: 'default/stream/tele/m', flag: 1 } });
    expect(await client.next()).toEqual({ id: 2, subscribe: {} });
    await push(a, 'm v=2 1700000001000000000');
    await push(b, 'm v=3 1700000002000000000');
    expect(await client.next()).toMatchObject({ push: { pub: { data: { data: { values: [[''], [1_700_000_002_000], [3]] } } } } });
  });
});

test('without Redis a process goes on alone', async () => {
  const w = await world(`127.0.0.1:${await freePort()}`);
  const client = await dial(w.url);
  client.send({ id: 2, subscribe: { channel: 'default/stream/tele/m', flag: 1 } });
  await client.next();
  await push(w, 'm v=1 1700000000000000000');
  expect(await client.next()).toMatchObject({ push: { pub: { data: { data: { values: [[''], [1_700_000_000_000], [1]] } } } } });
});

describe.skipIf(spawnSync('redis-server', ['--version']).error)('Redis that goes away', () => {
  test('leaves frames flowing to the subscribers here', async () => {
    const port = await freePort();
    const redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], { stdio: ['ignore', 'pipe', 'ignore'] });
    for await (const chunk of redis.stdout) if (String(chunk).includes('Ready to accept')) break;
    const w = await world(`127.0.0.1:${port}`);
    const client = await dial(w.url);
    client.send({ id: 2, subscribe: { channel: 'default/stream/tele/m', flag: 1 } });
    await client.next();
    redis.kill();
    await once(redis, 'exit');
    await vi.waitFor(async () => {
      await push(w, 'm v=1 1700000000000000000');
      expect(await client.next()).toMatchObject({ push: { pub: { data: { data: { values: [[''], [1_700_000_000_000], [1]] } } } } });
    });
  });
});
