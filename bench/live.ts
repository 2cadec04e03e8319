/** Live: CPU-seconds for 1,000 deliveries of a small publication to many subscribers, and memory a connection. */
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

async function until(holds: () => boolean, withinMs = 60_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error('not everything was delivered in time');
    await new Promise((done) => setTimeout(done, 5));
  }
}
