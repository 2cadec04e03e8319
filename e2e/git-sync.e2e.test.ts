/** Git Sync from outside (apiserver-and-storage §6.9, §10.36): a directory and a real git server, on every database. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Answer, type Belvedere, removeFolder, startBelvedere, temporaryFolder } from './support/belvedere.ts';
import { eventually as soon } from './support/eventually.ts';
import { freshDatabase } from './support/fresh-database.ts';
import { gitBinary, type GitServer, startGitServer } from './support/git-server.ts';
import { describeWith, mysqlUrl, postgresUrl } from './support/services.ts';

// A machine may be slow, and a step waits for work of several processes.
vi.setConfig({ testTimeout: 300_000 });
const eventually: typeof soon = (what, probe) => soon(what, probe, { withinMs: 120_000 });

const P = (path: string) => `/apis/provisioning.grafana.app/v0alpha1/namespaces/default/${path}`;
const D = '/apis/dashboard.grafana.app/v1beta1/namespaces/default/dashboards';
const F = '/apis/folder.grafana.app/v1beta1/namespaces/default/folders';
const board = (name: string, title: string) => ({ apiVersion: 'dashboard.grafana.app/v1beta1', kind: 'Dashboard', metadata: { name }, spec: { title, schemaVersion: 42, panels: [] } });
const text = (value: unknown) => JSON.stringify(value, null, 2);

async function start(database: 'sqlite' | 'postgres' | 'mysql', env: Record<string, string>): Promise<{ server: Belvedere; stop(): Promise<void> }> {
  const fresh = database === 'sqlite' ? undefined : await freshDatabase(database);
  const server = await startBelvedere({ env: { GF_FEATURE_TOGGLES_ENABLE: 'provisioning', ...(fresh ? { GF_DATABASE_URL: fresh.url } : {}), ...env } });
  return {
    server,
    async stop() {
      await server.stop();
      await fresh?.drop();
      removeFolder(server.dir);
    },
  };
}

interface Made {
  readonly server: Belvedere;
  readonly name: string;
}

const stateOf = async ({ server, name }: Made) => (await server.call('GET', P(`repositories/${name}`))).body;
const healthy = (made: Made) => eventually('the repository is healthy', async () => (await stateOf(made)).status?.health?.healthy);

async function job(made: Made, spec: object): Promise<Answer['body']> {
  // A pull by schedule may be under way.
  const asked = await eventually('the job is taken', async () => {
    const answer = await made.server.call('POST', P(`repositories/${made.name}/jobs`), spec);
    return answer.status === 409 ? undefined : answer;
  });
  expect(asked.status, text(asked.body)).toBe(202);
  const { uid } = asked.body.metadata;
  return eventually('the job is done', async () => {
    const found = await made.server.call('GET', P(`repositories/${made.name}/jobs/${uid}`));
    return found.status === 200 ? found.body.status : undefined;
  });
}

for (const database of ['sqlite', 'postgres', 'mysql'] as const) {
  const present = { sqlite: true, postgres: postgresUrl, mysql: mysqlUrl }[database];
  describeWith(`BELVEDERE_TEST_${database.toUpperCase()}_URL`, present, `git sync on ${database}`, () => {
    const home = temporaryFolder('repository');
    const dir = join(home, 'boards');
    let server: Belvedere;
    let stop = async () => {};
    const made = () => ({ server, name: 'garden' });

    beforeAll(async () => {
      mkdirSync(join(dir, 'Inner Place'), { recursive: true });
      writeFileSync(join(dir, 'one.json'), text(board('one', 'One')));
      writeFileSync(join(dir, 'Inner Place', 'two.yaml'), 'apiVersion: dashboard.grafana.app/v1beta1\nkind: Dashboard\nmetadata:\n  name: two\nspec:\n  title: Two\n  schemaVersion: 42\n');
      writeFileSync(join(dir, 'old.json'), text({ uid: 'old', title: 'Old', schemaVersion: 39, panels: [] }));
      writeFileSync(join(home, 'secret.json'), text(board('secret', 'Secret')));
      symlinkSync(join(home, 'secret.json'), join(dir, 'link.json'));
      ({ server, stop } = await start(database, { GF_PATHS_PERMITTED_PROVISIONING_PATHS: home }));
    }, 180_000);
    afterAll(async () => {
      await stop();
      removeFolder(home);
    });

    test('a repository becomes healthy, is pulled by schedule, and makes a folder of each directory', async () => {
      const spec = { title: 'Garden', type: 'local', workflows: ['write'], sync: { enabled: true, target: 'folder', intervalSeconds: 60 }, local: { path: dir } };
      const created = await server.call('POST', P('repositories'), { apiVersion: 'provisioning.grafana.app/v0alpha1', kind: 'Repository', metadata: { name: 'garden' }, spec });
      expect(created.status, text(created.body)).toBe(201);
      await healthy(made());
      const dashboards = await eventually('the dashboards are there', async () => {
        const { items } = (await server.call('GET', D)).body;
        return items.length === 3 && items;
      });
      const folders = (await server.call('GET', F)).body.items as { metadata: { name: string; annotations: Record<string, string> }; spec: { title: string } }[];
      expect(folders.map(({ spec: { title } }) => title).sort()).toEqual(['Garden', 'Inner Place']);
      const inner = folders.find(({ spec: { title } }) => title === 'Inner Place')!;
      expect(inner.metadata.annotations).toMatchObject({ 'grafana.app/folder': 'garden', 'grafana.app/managedBy': 'repo', 'grafana.app/managerId': 'garden', 'grafana.app/sourcePath': 'Inner Place' });
      const two = dashboards.find((item: { metadata: { name: string } }) => item.metadata.name === 'two');
      expect(two.metadata.annotations).toMatchObject({ 'grafana.app/folder': inner.metadata.name, 'grafana.app/sourcePath': 'Inner Place/two.yaml', 'grafana.app/createdBy': 'access-policy:provisioning' });
    });

    test('saving, making and deleting a managed dashboard goes to its file', async () => {
      const { body: one } = await server.call('GET', `${D}/one`);
      one.spec.title = 'One, changed';
      const saved = await server.call('PUT', `${D}/one`, one);
      expect([saved.status, saved.body.spec?.title]).toEqual([200, 'One, changed']);
      expect(JSON.parse(readFileSync(join(dir, 'one.json'), 'utf8'))).toMatchObject({ metadata: { name: 'one' }, spec: { title: 'One, changed' } });
      expect(JSON.parse(readFileSync(join(dir, 'one.json'), 'utf8')).metadata).toEqual({ name: 'one' });
      expect((await server.call('GET', `${D}/one`)).body.metadata.annotations['grafana.app/managerId']).toBe('garden');

      const annotations = { 'grafana.app/folder': 'garden', 'grafana.app/managedBy': 'repo', 'grafana.app/managerId': 'garden', 'grafana.app/sourcePath': 'fresh.json' };
      const fresh = await server.call('POST', D, { ...board('fresh', 'Fresh'), metadata: { name: 'fresh', annotations } });
      expect(fresh.status, text(fresh.body)).toBe(201);
      expect(existsSync(join(dir, 'fresh.json'))).toBe(true);
      expect((await server.call('DELETE', `${D}/fresh`)).status).toBe(200);
      expect([existsSync(join(dir, 'fresh.json')), (await server.call('GET', `${D}/fresh`)).status]).toEqual([false, 404]);

      const { body: now } = await server.call('GET', `${D}/one`);
      now.metadata.annotations = {};
      expect(await server.call('PUT', `${D}/one`, now)).toMatchObject({ status: 403, body: { message: 'Can not remove resource manager from resource' } });
      expect((await server.call('DELETE', D)).body.items).toEqual([]);
    });

    test('files are read, moved and refused', async () => {
      const files = (path: string) => P(`repositories/garden/files/${path}`);
      expect((await server.call('GET', files(''))).body.items.map(({ path }: { path: string }) => path)).toEqual(['Inner Place/two.yaml', 'old.json', 'one.json']);
      for (const path of ['..%2F..%2Fsecret.json', 'Inner%20Place/..%2F..%2F..%2Fsecret.json', '%2Fetc%2Fpasswd', 'a%5Cb.json', 'link.json', 'nope.json', 'Inner%20Place/']) {
        const answer = await server.call('GET', files(path));
        expect([400, 404], `${path}: ${answer.status}`).toContain(answer.status);
        expect(text(answer.body)).not.toContain('Secret');
        expect((await server.call('PUT', files(path), board('x', 'X'))).status, path).toBeGreaterThanOrEqual(400);
      }
      expect(JSON.parse(readFileSync(join(home, 'secret.json'), 'utf8')).metadata.name).toBe('secret');
      expect(await server.call('POST', files('one.json'), board('one', 'Again'))).toMatchObject({ status: 409 });
      expect(await server.call('POST', files('huge.json'), text({ ...board('huge', 'Huge'), filler: 'x'.repeat(5_300_000) }))).toMatchObject({ status: 413 });
      expect(await server.call('POST', files('list.json'), '[1]')).toMatchObject({ status: 400, body: { kind: 'Status' } });
      const moved = await server.call('POST', `${files('deep/er/uno.json')}?originalPath=one.json&message=deeper`);
      expect(moved.status, text(moved.body)).toBe(200);
      expect([existsSync(join(dir, 'one.json')), existsSync(join(dir, 'deep/er/uno.json'))]).toEqual([false, true]);
      expect((await server.call('GET', `${D}/one`)).body.metadata.annotations['grafana.app/sourcePath']).toBe('deep/er/uno.json');
    });

    test('a pull job follows what happened in the directory; a broken file is told and harms nobody', async () => {
      writeFileSync(join(dir, 'broken.json'), Buffer.from([0x7b, 0xff, 0xfe]));
      writeFileSync(join(dir, 'old.json'), text({ uid: 'old', title: 'Older', schemaVersion: 39, panels: [] }));
      const status = await job(made(), { action: 'pull', pull: { incremental: false } });
      expect(status).toMatchObject({ state: 'error', message: 'completed with errors' });
      expect(status.errors).toEqual([expect.stringMatching(/^broken\.json: .*UTF-8/)]);
      expect((await server.call('GET', `${D}/old`)).body.spec.title).toBe('Older');
      expect((await server.call('GET', `${D}/two`)).status).toBe(200);
    });

    test('delete and move jobs change files and objects', async () => {
      await job(made(), { action: 'delete', delete: { paths: ['broken.json'] } });
      expect(existsSync(join(dir, 'broken.json'))).toBe(false);
      const status = await job(made(), { action: 'move', move: { targetPath: 'moved/', resources: [{ kind: 'Dashboard', name: 'two' }] } });
      expect(status, text(status)).toMatchObject({ state: 'success' });
      const { body: two } = await server.call('GET', `${D}/two`);
      expect(two.metadata.annotations['grafana.app/sourcePath']).toBe('moved/two.yaml');
      expect((await server.call('GET', F)).body.items.map((item: { spec: { title: string } }) => item.spec.title)).not.toContain('Inner Place');
    });

    test('push writes what belongs to nobody', async () => {
      expect((await server.call('POST', D, board('mine', 'My own'))).status).toBe(201);
      const status = await job(made(), { action: 'push', push: { path: 'exported/' } });
      expect(status).toMatchObject({ state: 'success', summary: [{ kind: 'Dashboard', write: 1 }] });
      expect(JSON.parse(readFileSync(join(dir, 'exported', 'my-own.json'), 'utf8'))).toMatchObject({ metadata: { name: 'mine' }, spec: { title: 'My own' } });
    });

    test('a repository that releases its objects leaves them behind; one that removes them does not', async () => {
      expect((await server.call('GET', P('stats'))).body.managed).toMatchObject([{ kind: 'repo', id: 'garden' }]);
      const { body: now } = await server.call('GET', P('repositories/garden'));
      now.metadata.finalizers = ['release-orphan-resources', 'cleanup'];
      expect((await server.call('PUT', P('repositories/garden'), now)).status).toBe(200);
      expect((await server.call('DELETE', P('repositories/garden'))).status).toBe(200);
      await eventually('the repository is gone', async () => (await server.call('GET', P('repositories/garden'))).status === 404);
      const { body: two } = await server.call('GET', `${D}/two`);
      expect(Object.keys(two.metadata.annotations).filter((name) => /manage|source/.test(name))).toEqual([]);
    });
  });
}

describeWith('git', gitBinary, 'git sync with a git server', () => {
  let git: GitServer;
  let server: Belvedere;
  let stop = async () => {};
  const made = () => ({ server, name: 'boards' });
  const write = (path: string, value: unknown) => {
    mkdirSync(join(git.dir, path, '..'), { recursive: true });
    writeFileSync(join(git.dir, path), text(value));
  };
  const commit = (message: string) => {
    git.git('add', '--all');
    git.git('commit', '--quiet', '--message', message);
    git.git('push', '--quiet', 'origin', 'HEAD:main');
  };
  const repository = (more: object = {}, token: object = { create: git.token }) => ({
    apiVersion: 'provisioning.grafana.app/v0alpha1', kind: 'Repository', metadata: { name: 'boards' }, secure: { token },
    spec: { title: 'Boards', type: 'git', workflows: ['write', 'branch'], sync: { enabled: true, target: 'folder', intervalSeconds: 3_600 }, git: { url: git.url, branch: 'main', path: 'grafana', ...more } },
  });

  beforeAll(async () => {
    git = await startGitServer();
    git.git('checkout', '--quiet', '-b', 'main');
    write('grafana/one.json', board('one', 'One'));
    write('grafana/team/two.json', board('two', 'Two'));
    write('elsewhere.json', board('elsewhere', 'Not ours'));
    commit('the beginning');
    ({ server, stop } = await start('sqlite', { GF_PROVISIONING_REPOSITORY_TYPES: 'git|local' }));
  }, 180_000);
  afterAll(async () => {
    await stop();
    await git?.stop();
  });

  test('is tried out before it is saved', async () => {
    const tryOut = (more: object, token?: object) => server.call('POST', P('repositories/new/test'), repository(more, token));
    expect(await tryOut({})).toMatchObject({ status: 200, body: { success: true } });
    expect(await tryOut({ branch: 'nowhere' })).toMatchObject({ status: 400, body: { errors: [{ field: 'spec.git.branch' }] } });
    expect(await tryOut({}, { create: 'wrong' })).toMatchObject({ status: 400, body: { errors: [{ field: 'secure.token' }] } });
    expect(await tryOut({ url: `${git.url.replace('boards', 'nothing')}` })).toMatchObject({ status: 400, body: { errors: [{ field: 'spec.git.url' }] } });
    expect(await tryOut({ url: 'file:///etc' })).toMatchObject({ status: 422, body: { errors: [{ field: 'spec.git.url' }] } });
    expect(await tryOut({ url: 'http://127.0.0.1:1/x.git' })).toMatchObject({ status: 400, body: { success: false } });
  });

  test('is pulled, and its token is nowhere to be seen', async () => {
    const created = await server.call('POST', P('repositories'), repository());
    expect(created.status, text(created.body)).toBe(201);
    await healthy(made());
    await eventually('the dashboards are there', async () => (await server.call('GET', D)).body.items.length === 2);
    const state = await eventually('the pull is recorded', async () => {
      const now = await stateOf(made());
      return now.status.sync.state === 'success' && now;
    });
    expect(state.status.sync.lastRef).toBe(git.git('rev-parse', 'HEAD').trim());
    expect(state.secure).toEqual({ token: { name: expect.any(String) } });
    for (const path of ['repositories/boards', 'repositories', 'settings', 'repositories/boards/jobs']) expect(text((await server.call('GET', P(path))).body)).not.toContain(git.token);
    expect(server.output()).not.toContain(git.token);
  });

  test('what is saved here becomes a commit, with the message that was given', async () => {
    const { body: one } = await server.call('GET', `${D}/one`);
    one.spec.title = 'One, changed';
    one.metadata.annotations['grafana.app/message'] = 'Changed in the browser';
    const saved = await server.call('PUT', `${D}/one`, one);
    expect(saved.status, text(saved.body)).toBe(200);
    git.git('pull', '--quiet', 'origin', 'main');
    expect(git.git('log', '-1', '--format=%s %an')).toBe('Changed in the browser admin\n');
    expect(JSON.parse(readFileSync(join(git.dir, 'grafana', 'one.json'), 'utf8')).spec.title).toBe('One, changed');
    expect(existsSync(join(git.dir, 'elsewhere.json'))).toBe(true);
  });

  test('what is pushed there comes here, also when files went and were renamed', async () => {
    git.git('rm', '--quiet', 'grafana/team/two.json');
    write('grafana/three.json', board('three', 'Three'));
    commit('three in place of two');
    const status = await job(made(), { action: 'pull', pull: { incremental: true } });
    expect(status, text(status)).toMatchObject({ state: 'success' });
    expect((await server.call('GET', D)).body.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(['one', 'three']);
    expect((await server.call('GET', F)).body.items.map((item: { spec: { title: string } }) => item.spec.title)).toEqual(['Boards']);
  });

  test('a write to another branch leaves the dashboards as they are; branches and history are listed', async () => {
    const files = (path: string) => P(`repositories/boards/files/${path}`);
    const changed = await server.call('PUT', `${files('three.json')}?ref=try-out&message=a%20try`, board('three', 'Three, tried'));
    expect(changed.status, text(changed.body)).toBe(200);
    expect((await server.call('GET', `${D}/three`)).body.spec.title).toBe('Three');
    expect((await server.call('GET', `${files('three.json')}?ref=try-out`)).body.resource.file.spec.title).toBe('Three, tried');
    expect((await server.call('GET', P('repositories/boards/refs'))).body.items.map(({ name }: { name: string }) => name).sort()).toEqual(['main', 'try-out']);
    const history = (await server.call('GET', P('repositories/boards/history/one.json'))).body;
    expect(history.items.map(({ message }: { message: string }) => message)).toEqual(['Changed in the browser', 'the beginning']);
    expect((await server.call('GET', P('repositories/boards/history/one.json?ref=nowhere'))).status).toBe(404);
  });

  test('whatever people are called and write, a commit is one', async () => {
    expect((await server.call('PUT', '/api/user', { name: 'A\n<b>\u0000\n\nparent of evil', login: 'admin', email: 'admin@localhost' })).status).toBeLessThan(500);
    const saved = await server.call('POST', `${P('repositories/boards/files/odd.json')}?message=${encodeURIComponent('one\u0000\n\ntree 0000')}`, board('odd', 'Odd'));
    expect(saved.status, text(saved.body)).toBe(200);
    git.git('pull', '--quiet', 'origin', 'main');
    git.git('fsck', '--strict');
    expect(git.git('log', '-1', '--format=%s')).toBe('one\n');
  });

  test('somebody who pushed meanwhile does not lose the commit, and neither do we', async () => {
    write('grafana/four.json', board('four', 'Four'));
    commit('four');
    const saved = await server.call('POST', P('repositories/boards/files/five.json?message=five'), board('five', 'Five'));
    expect(saved.status, text(saved.body)).toBe(200);
    git.git('pull', '--quiet', '--rebase', 'origin', 'main');
    expect([existsSync(join(git.dir, 'grafana', 'four.json')), existsSync(join(git.dir, 'grafana', 'five.json'))]).toEqual([true, true]);
  });

  describe('at the end', () => {
    test('a deleted repository takes its dashboards along', async () => {
      expect((await server.call('DELETE', P('repositories/boards'))).status).toBe(200);
      await eventually('the repository is gone', async () => (await server.call('GET', P('repositories/boards'))).status === 404);
      expect((await server.call('GET', D)).body.items).toEqual([]);
    });
  });
});
