/** Start to first healthy answer, and resident memory when idle. */
import { spawn } from 'node:child_process';
import { cpuSeconds, residentMb } from './process-cost.ts';
import { serverEntry } from '../scripts/start-cache.mjs';
import { removeFolder, startServer } from './server-under-test.ts';
import { printTable, type Row } from './table.ts';

/** The reference's memory was read after this long. */
const idleMs = 20_000;
const startCacheChecksMax = 60;

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
  // Until the start cache is there, and once more for the compile cache: what is measured is every start but the first after a change.
  for (let i = 0; i < startCacheChecksMax && serverEntry(process.execPath).endsWith('.ts'); i++) await new Promise((done) => setTimeout(done, 1_000));
  const warm = await startServer();
  await warm.stop();
  removeFolder(warm.dir);
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
