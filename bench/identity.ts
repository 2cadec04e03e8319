/** Who asks and what they may: what each way to sign in costs a request, what a sign-in costs, and what a viewer's search costs beside an admin's. */
import { load, type Request } from './load.ts';
import { adminBasic, call, removeFolder, startServer } from './server-under-test.ts';
import { printTable, type Row } from './table.ts';

const folders = 100;
const dashboards = 1_000;
/** How much more a viewer with half of the folders may cost than an admin. */
const viewerFactor = 1.5;
const passwordIterations = 10_000;

export async function benchIdentity(only?: string): Promise<void> {
  const server = await startServer({ GF_SECURITY_DISABLE_BRUTE_FORCE_LOGIN_PROTECTION: 'true' });
  const { base, pid } = server;
  const rows: Row[] = [];
  const measure = async (name: string, budget: number, request: (n: number) => Request, options?: Parameters<typeof load>[3]): Promise<number> => {
    if (only && !name.includes(only)) return Number.NaN;
    const { cpuPerThousand, perSecond, p99Ms, refused } = await load(base, pid, request, options);
    rows.push({ name, value: cpuPerThousand, unit: 'CPU-s/1,000', budget, beside: `${Math.round(perSecond)}/s, p99 ${p99Ms.toFixed(1)} ms${refused ? `, ${refused} REFUSED` : ''}` });
    return cpuPerThousand;
  };
  try {
    for (let i = 0; i < folders; i++) {
      await call(base, 'POST', '/api/folders', { uid: `area-${i}`, title: `Area ${i}` });
      // Half of them are the viewers' to see.
      if (i % 2 === 1) await call(base, 'POST', `/api/access-control/folders/area-${i}/builtInRoles/Viewer`, { permission: '' });
    }
    for (let from = 0; from < dashboards; from += 16) {
      await Promise.all(Array.from({ length: Math.min(16, dashboards - from) }, (_, i) => call(base, 'POST', '/api/dashboards/db', {
        dashboard: { uid: `dash-${from + i}`, title: `Service ${from + i} overview`, tags: [`team-${i % 10}`], panels: [] }, folderUid: `area-${(from + i) % folders}`,
      })));
    }
    await call(base, 'POST', '/api/admin/users', { login: 'viewer', password: 'viewer' });
    await call(base, 'POST', '/api/admin/users', { login: 'member', password: 'member' });
    // Fifty teams, each with a grant of its own: many layers of permissions.
    const { id: member } = await call(base, 'GET', '/api/users/lookup?loginOrEmail=member');
    for (let i = 0; i < 50; i++) {
      const { teamId } = await call(base, 'POST', '/api/teams', { name: `team ${i}` });
      await call(base, 'POST', `/api/teams/${teamId}/members`, { userId: member });
      await call(base, 'POST', `/api/access-control/folders/area-${2 * i + 1}/teams/${teamId}`, { permission: 'Edit' });
    }
    const account = await call(base, 'POST', '/api/serviceaccounts', { name: 'bench', role: 'Viewer' });
    const { key } = await call(base, 'POST', `/api/serviceaccounts/${account.id}/tokens`, { name: 'bench' });
    const signIn = await fetch(`${base}/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ user: 'admin', password: 'admin' }) });
    const cookie = signIn.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
    const basicOf = (user: string) => ({ authorization: `Basic ${Buffer.from(`${user}:${user}`).toString('base64')}` });

    const credentials: Record<string, Record<string, string>> = { cookie: { cookie }, basic: adminBasic, token: { authorization: `Bearer ${key}` } };
    // Nobody is known, nothing is asked: what the machine takes for a request in this minute.
    await measure('health', 0.02, () => ({ path: '/api/health' }), { count: 15_000 });
    for (const [how, headers] of Object.entries(credentials)) {
      await measure(`org, ${how}`, 0.06, () => ({ path: '/api/org', headers }), { count: 15_000 });
    }
    await measure('permissions of a member of fifty teams', 0.3, () => ({ path: '/api/access-control/user/permissions', headers: basicOf('member') }));
    await measure('denied', 0.1, () => ({ path: '/api/teams', headers: basicOf('viewer') }), { count: 5_000 });

    const search = (n: number) => `/api/search?query=service%20${n % dashboards}&limit=50`;
    const admin = await measure(`search in ${dashboards} dashboards, admin`, 0.2, (n) => ({ path: search(n), headers: basicOf('admin') }));
    await measure('the same, viewer of half of the folders', Number.isNaN(admin) ? 0.3 : admin * viewerFactor, (n) => ({ path: search(n), headers: basicOf('viewer') }));
    const list = '/api/search?limit=1000';
    const all = await measure('every dashboard, admin', 15, () => ({ path: list, headers: basicOf('admin') }), { count: 200 });
    // Half of the dashboards are written, yet what may be seen is asked of all.
    await measure('every dashboard, viewer of half of the folders', Number.isNaN(all) ? 15 : all * viewerFactor, () => ({ path: list, headers: basicOf('viewer') }), { count: 200 });

    // The derivation is the price of a password; what the server adds is the rest.
    const floor = await derivationFloor();
    await measure('sign-in, password known from before', 1.5, () => ({
      method: 'POST', path: '/login', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ user: 'viewer', password: 'viewer' }),
    }), { count: 300, connections: 8 });
    await measure('a password that must be verified (wrong)', floor + 1, (n) => ({ path: '/api/org', headers: { authorization: `Basic ${Buffer.from(`viewer:wrong ${n}`).toString('base64')}` } }), { count: 300, connections: 8 });
    rows.push({ name: 'of which the derivation alone', value: floor, unit: 'CPU-s/1,000' });
    await measureBeside();

    /** Health answers while passwords are verified: the derivation is not on the main thread. */
    async function measureBeside(): Promise<void> {
      if (only && !'health while signing in'.includes(only)) return;
      const until = performance.now() + 4_000;
      const wrong = Array.from({ length: 4 }, async (_, i) => {
        for (let n = 0; performance.now() < until; n++) await fetch(`${base}/api/org`, { headers: { authorization: `Basic ${Buffer.from(`viewer:wrong-${i}-${n}`).toString('base64')}` } }).then((answer) => answer.arrayBuffer());
      });
      const times: number[] = [];
      while (performance.now() < until) {
        const startedAt = performance.now();
        await (await fetch(`${base}/api/health`)).arrayBuffer();
        times.push(performance.now() - startedAt);
        await new Promise((done) => setTimeout(done, 2));
      }
      await Promise.all(wrong);
      times.sort((a, b) => a - b);
      rows.push({ name: 'health while signing in, median', value: times[Math.floor(times.length / 2)]!, unit: 'ms', budget: 10, beside: `${times.length} answers, p99 ${times[Math.floor(times.length * 0.99)]!.toFixed(1)} ms` });
    }
  } finally {
    printTable('Identity', rows);
    await server.stop();
    removeFolder(server.dir);
  }
}

/** What 1,000 derivations of the stored form cost, CPU-seconds, here and now. */
async function derivationFloor(): Promise<number> {
  const { pbkdf2Sync } = await import('node:crypto');
  const before = process.cpuUsage();
  for (let i = 0; i < 100; i++) pbkdf2Sync('viewer', 'saltsaltsa', passwordIterations, 50, 'sha256');
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / 1e6) * 10;
}
