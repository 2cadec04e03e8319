/** What nothing but HTTP costs on this machine just now: a bare `node:http` server that answers a few bytes, under the same load. */
import { spawn } from 'node:child_process';
import { load } from './load.ts';

const program = `require('node:http').createServer((req, res) => res.writeHead(200, { 'content-type': 'application/json', 'content-length': 20 }).end('{"database": "ok!!"}'))
  .listen(0, '127.0.0.1', function () { console.log(this.address().port); });`;

/** What it cost where the budgets were drawn up (PERFORMANCE.md), CPU-s/1,000. */
export const floorOfBudgets = 0.01;

/** As if nothing but bare HTTP cost what it did there. */
export const withTheirFloor = (cpuPerThousand: number, floor: number) => `${Math.max(0, cpuPerThousand - Math.max(0, floor - floorOfBudgets)).toPrecision(2)} with their floor`;

/** CPU-seconds for 1,000 requests. */
export async function bareNodeFloor(): Promise<number> {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const port = await new Promise<string>((resolve, reject) => {
      child.once('exit', () => reject(new Error('the bare server ended')));
      child.stdout.once('data', (data: Buffer) => resolve(data.toString().trim()));
    });
    return (await load(`http://127.0.0.1:${port}`, child.pid!, () => ({ path: '/' }), { count: 20_000 })).cpuPerThousand;
  } finally {
    child.kill();
  }
}
