/**
 * Dashboards by the hundred, the thousand and ten thousand, in a hundred folders: writing, reading, searching as an administrator and as a
 * viewer who may see half of the folders, listing, annotations, memory. Growth is what it is about: read the columns across.
 */
import { fillAnnotations, rangeOf } from './annotations.ts';
import { aDashboard } from './dashboards.ts';
import { bareNodeFloor, withTheirFloor } from './floor.ts';
import { load, type Request } from './load.ts';
import { cpuSeconds, residentMb } from './process-cost.ts';
import { adminBasic, call, removeFolder, startServer } from './server-under-test.ts';
import { printTable, type Row } from './table.ts';

const foldersWanted = 100;
const writers = 4;
const searchBudgets: Readonly<Record<number, number>> = { 100: 0.15, 1000: 0.2, 10000: 0.5 };
const viewerFactor = 1.5;
/** Growth from the smallest to the largest size. */
const readGrowthMax = 2;
const searchGrowthMax = 4;

export async function benchContent(only?: string): Promise<void> {
  const readCosts: number[] = [];
  const searchCosts: number[] = [];
  for (const size of [100, 1_000, 10_000]) {
    if (only && only !== String(size)) continue;
    const rows: Row[] = [];
    // What the machine is like while the rest is measured; the budgets were drawn up where it is 0.010.
    const floor = await bareNodeFloor();
    rows.push({ name: `bare node:http, the floor, ${size}`, value: floor, unit: 'CPU-s/1,000' });
    const server = await startServer();
    const { base, pid } = server;
    const measured = async (name: string, budget: number, request: (n: number) => Request, options?: Parameters<typeof load>[3]) => {
      const { cpuPerThousand, perSecond, p99Ms, refused } = await load(base, pid, request, options);
      rows.push({ name: `${name}, ${size}`, value: cpuPerThousand, unit: 'CPU-s/1,000', budget, beside: `${withTheirFloor(cpuPerThousand, floor)}; ${Math.round(perSecond)}/s, p99 ${p99Ms.toFixed(1)} ms${refused ? `, ${refused} REFUSED` : ''}` });
      return cpuPerThousand;
    };
    try {
      const account = await call(base, 'POST', '/api/serviceaccounts', { name: 'bench', role: 'Admin' });
      const { key } = await call(base, 'POST', `/api/serviceaccounts/${account.id}/tokens`, { name: 'bench' });
      const token = { authorization: `Bearer ${key}` };
      for (let i = 0; i < foldersWanted; i++) {
        await call(base, 'POST', '/api/folders', { uid: `folder-${i}`, title: `Folder ${i}` });
        // The other half is nobody's but the administrators'.
        if (i % 2 === 1) await call(base, 'POST', `/api/folders/folder-${i}/permissions`, { items: [] });
      }
      await call(base, 'POST', '/api/admin/users', { name: 'Vic', login: 'vic', email: 'vic@bench', password: 'password', OrgId: 1 });
      const viewer = { authorization: `Basic ${Buffer.from('vic:password').toString('base64')}` };

      // Writing: four at a time, and none may be refused.
      const peak = watchMemory(pid);
      const [cpuBefore, startedAt] = [cpuSeconds(pid), performance.now()];
      let next = 0;
      let refused = 0;
      await Promise.all(Array.from({ length: writers }, async () => {
        for (let i = next++; i < size; i = next++) {
          const answer = await fetch(`${base}/api/dashboards/db`, { method: 'POST', headers: { ...token, 'content-type': 'application/json' }, body: JSON.stringify({ dashboard: aDashboard(i, `bench-${i}`), folderUid: `folder-${i % foldersWanted}` }) });
          if (!answer.ok) refused++;
          await answer.arrayBuffer();
        }
      }));
      const perSecond = size / ((performance.now() - startedAt) / 1000);
      rows.push({ name: `writes a second, 4 writers, ${size}`, value: perSecond, unit: '/s', budget: 2_000, higherIsBetter: true, beside: `${(((cpuSeconds(pid) - cpuBefore) / size) * 1000).toFixed(3)} CPU-s/1,000, ${refused} refused` });
      rows.push({ name: `resident while writing ${size}`, value: peak(), unit: 'MB', budget: 250 });

      readCosts.push(await measured('dashboard by uid', 0.12, (n) => ({ path: `/api/dashboards/uid/bench-${n % size}`, headers: token })));
      const search = (n: number) => `/api/search?query=service%20${n % size}&limit=50`;
      const admin = await measured('search, admin', searchBudgets[size]!, (n) => ({ path: search(n), headers: token }));
      searchCosts.push(admin);
      await measured('search, viewer of half', admin * viewerFactor, (n) => ({ path: search(n), headers: viewer }));
      if (size >= 1_000) rows.push({ name: `resident after searching ${size}`, value: residentMb(pid), unit: 'MB', budget: 180 });

      const listedAt = performance.now();
      const [listCpu, listed] = [cpuSeconds(pid), await listAll(base)];
      rows.push({ name: `list of all under /apis, ${size}`, value: cpuSeconds(pid) - listCpu, unit: 'CPU-s', beside: `${listed} in ${(performance.now() - listedAt).toFixed(0)} ms` });
      await measured('annotation written', 0.15, (n) => ({ method: 'POST', path: '/api/annotations', headers: { ...token, 'content-type': 'application/json' }, body: JSON.stringify({ dashboardUID: `bench-${n % size}`, text: `n ${n}`, tags: ['bench'], time: 1_700_000_000_000 + n }) }));
      const now = Date.now();
      fillAnnotations(server.dir, now, size);
      await measured('annotations GET, 300 of 100,000', 0.6, (n) => rangeOf(n, now, token), { count: 500 });
      await measured('dashboard written again', 0.6, (n) => ({ method: 'POST', path: '/api/dashboards/db', headers: { ...token, 'content-type': 'application/json' }, body: JSON.stringify({ dashboard: { ...aDashboard(n, `bench-${n % size}`), description: `n ${n}` }, overwrite: true, folderUid: `folder-${(n % size) % foldersWanted}` }) }), { count: 1_000, warmMs: 2_000 });
    } catch (error) {
      rows.push({ name: `${size} dashboards`, value: Number.NaN, unit: '', beside: String(error) });
    } finally {
      await server.stop();
    }
    const again = await startServer({}, server.dir);
    const [cpu, firstAt] = [cpuSeconds(again.pid), performance.now()];
    await call(again.base, 'GET', '/api/search?limit=1');
    rows.push({ name: `index rebuilt, ${size}`, value: (performance.now() - firstAt) / 1000, unit: 's', budget: 2, beside: `start ${(again.startMs / 1000).toFixed(2)} s, ${(cpuSeconds(again.pid) - cpu).toFixed(2)} CPU-s` });
    await again.stop();
    removeFolder(server.dir);
    printTable(`Content, ${size} dashboards`, rows);
  }
  if (readCosts.length < 3) return;
  printTable('Growth of content, 100 to 10,000 dashboards', [
    { name: 'reading', value: readCosts[2]! / readCosts[0]!, unit: '×', budget: readGrowthMax },
    { name: 'searching', value: searchCosts[2]! / searchCosts[0]!, unit: '×', budget: searchGrowthMax },
  ]);
}

/** The highest resident memory until it is asked for. */
function watchMemory(pid: number): () => number {
  let highest = 0;
  const look = () => {
    highest = Math.max(highest, residentMb(pid));
  };
  const timer = setInterval(look, 250);
  return () => {
    clearInterval(timer);
    look();
    return highest;
  };
}

/** Page by page, as kubectl does. */
async function listAll(base: string): Promise<number> {
  let count = 0;
  for (let token = ''; ;) {
    const answer = await fetch(`${base}/apis/dashboard.grafana.app/v0alpha1/namespaces/default/dashboards?limit=500${token && `&continue=${encodeURIComponent(token)}`}`, { headers: adminBasic });
    const { items, metadata } = (await answer.json()) as { items: unknown[]; metadata: { continue?: string } };
    count += items.length;
    token = metadata.continue ?? '';
    if (token === '') return count;
  }
}
