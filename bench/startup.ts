/** Start to first healthy answer, and resident memory when idle. */
import { spawn } from 'node:child_process';
import { cpuSeconds, residentMb } from './process-cost.ts';
import { removeFolder, startServer } from './server-under-test.ts';
import { printTable, type Row } from './table.ts';

/** The reference's memory was read after this long. */
const idleMs = 20_000;

/** What Node itself takes on this machine just now until an HTTP server listens. */
async function bareStartMs(): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['-e', "require('node:http').createServer().listen(0, () => console.log('up'))"], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const took = performance.now() - startedAt;
  child.kill();
  return took;
}

export async function benchStartup(): Promise<void> {
  const rows: Row[] = [];
  rows.push({ name: 'bare node, start to listening, the floor', value: await bareStartMs() / 1000, unit: 's' });
  const empty = await startServer();
  rows.push({ name: 'start, empty folder', value: empty.startMs / 1000, unit: 's', budget: 0.6, beside: `${cpuSeconds(empty.pid).toFixed(2)} CPU-s` });
  await empty.stop();
  const again = await startServer({}, empty.dir);
  rows.push({ name: 'start, existing database', value: again.startMs / 1000, unit: 's', budget: 0.3, beside: `${cpuSeconds(again.pid).toFixed(2)} CPU-s` });
  await new Promise((done) => setTimeout(done, idleMs));
  rows.push({ name: 'resident, idle', value: residentMb(again.pid), unit: 'MB', budget: 120 });
  await again.stop();
  removeFolder(again.dir);
  printTable('Start and memory', rows);
}
