/**
 * Live: CPU-seconds for 1,000 deliveries of a small publication to many subscribers, and memory a connection; before them what a bare `ws`
 * server costs on this machine that sends the same bytes to as many sockets.
 */
import { spawn } from 'node:child_process';
import { WebSocket } from 'ws';
import { cpuSeconds, residentMb } from './process-cost.ts';
import { adminBasic, removeFolder, startServer } from './server-under-test.ts';
import { printTable, type Row } from './table.ts';

const publications = 100;
const warmPublications = 100;

export async function benchLive(only?: string): Promise<void> {
  const rows: Row[] = [];
  for (const subscribers of [100, 1_000]) {
    if (only && only !== String(subscribers)) continue;
    const server = await startServer({ GF_LIVE_MAX_CONNECTIONS: '5000' });
    const sockets: WebSocket[] = [];
    let delivered = 0;
    const floor = await bareWsFloor(subscribers);
    rows.push({ name: `bare ws, ${subscribers} sockets, the floor`, value: floor.cpuPerThousand, unit: 'CPU-s/1,000' }, { name: `a socket of bare ws, of ${subscribers}`, value: floor.socketKb, unit: 'KB' });
    try {
      const before = residentMb(server.pid);
      // The channel is there before anybody subscribes to it.
      await push(server.base, 0);
      for (let i = 0; i < subscribers; i += 50) {
        sockets.push(...(await Promise.all(Array.from({ length: Math.min(50, subscribers - i) }, () => subscriber(server.base, () => delivered++)))));
      }
      const perConnectionKb = ((residentMb(server.pid) - before) / subscribers) * 1024;
      // As with HTTP: what is measured is a server that has run for a while.
      for (let n = 0; n < warmPublications; n++) await push(server.base, n);
      await until(() => delivered >= warmPublications * subscribers);
      delivered = 0;
      const cpuBefore = cpuSeconds(server.pid);
      const startedAt = performance.now();
      for (let n = 0; n < publications; n++) await push(server.base, n + 2);
      await until(() => delivered >= publications * subscribers);
      const seconds = (performance.now() - startedAt) / 1000;
      const cpu = cpuSeconds(server.pid) - cpuBefore;
      rows.push({ name: `one delivery, ${subscribers} subscribers`, value: (cpu / delivered) * 1000, unit: 'CPU-s/1,000', budget: subscribers >= 1_000 ? 0.005 : 0.009, beside: `${Math.round(delivered / seconds)}/s` });
      rows.push({ name: `a connection, of ${subscribers}`, value: perConnectionKb, unit: 'KB', budget: 15 });
    } catch (error) {
      rows.push({ name: `${subscribers} subscribers`, value: Number.NaN, unit: '', beside: String(error) });
    } finally {
      for (const socket of sockets) socket.terminate();
      await server.stop();
      removeFolder(server.dir);
    }
  }
  printTable('Live', rows);
}

const bareProgram = `const { WebSocketServer } = require('ws');
  const all = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false, clientTracking: true }, function () { console.log(this.address().port); });
  all.on('connection', (socket) => socket.on('message', (text) => { if (String(text) === 'publish') for (const one of all.clients) one.send('x'.repeat(200)); }));`;

async function bareWsFloor(sockets: number): Promise<{ cpuPerThousand: number; socketKb: number }> {
  const child = spawn(process.execPath, ['-e', bareProgram], { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] });
  const open: WebSocket[] = [];
  try {
    const port = await new Promise<string>((resolve, reject) => {
      child.once('exit', () => reject(new Error('the bare server ended')));
      child.stdout.once('data', (data: Buffer) => resolve(data.toString().trim()));
    });
    const before = residentMb(child.pid!);
    let heard = 0;
    for (let i = 0; i < sockets; i++) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}`);
      open.push(socket);
      socket.on('message', () => heard++);
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    }
    const socketKb = ((residentMb(child.pid!) - before) / sockets) * 1024;
    const publish = async (count: number) => {
      heard = 0;
      for (let n = 1; n <= count; n++) {
        open[0]!.send('publish');
        await until(() => heard >= n * sockets, 1);
      }
    };
    await publish(warmPublications);
    const cpuBefore = cpuSeconds(child.pid!);
    await publish(publications);
    return { cpuPerThousand: ((cpuSeconds(child.pid!) - cpuBefore) / (publications * sockets)) * 1000, socketKb };
  } finally {
    for (const socket of open) socket.terminate();
    child.kill();
  }
}

/** Some 200 bytes once it is a publication. */
async function push(base: string, n: number): Promise<void> {
  const answer = await fetch(`${base}/api/live/push/bench`, { method: 'POST', headers: { ...adminBasic, 'content-type': 'text/plain' }, body: `cpu,host=server-one usage=${n}.5,idle=${100 - n}.25` });
  if (!answer.ok) throw new Error(`push: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}

function subscriber(base: string, heard: () => void): Promise<WebSocket> {
  const socket = new WebSocket(`${base.replace('http', 'ws')}/api/live/ws`, { headers: adminBasic });
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => {
      socket.send('{"id":1,"connect":{}}');
      socket.send('{"id":2,"subscribe":{"channel":"default/stream/bench/cpu"}}');
    });
    socket.on('message', (data: Buffer) => {
      // Several messages may come in one frame, a line each.
      for (const line of data.toString().split('\n')) {
        if (line === '{}') socket.send('{}');
        else if (line.includes('"pub"')) heard();
        else if (line.includes('"id":2')) line.includes('"error"') ? reject(new Error(line)) : resolve(socket);
      }
    });
  });
}

async function until(holds: () => boolean, everyMs = 5, withinMs = 60_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error('not everything was delivered in time');
    await new Promise((done) => setTimeout(done, everyMs));
  }
}
