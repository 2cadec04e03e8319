/** The acceptance scenarios of apiserver-and-storage §10 that need no more than a kind and a database; those of whole servers are played in e2e and by the conformance suites. */
import { expect, test } from 'vitest';
import { playlistKind } from '../apps/playlist/playlist-kind.ts';
import { onEveryDatabase } from '../infra/db/on-every-database.ts';
import { resourceMigrations } from '../storage/resource-migrations.ts';
import { pathOf, startTestApi, type TestApi } from './test-api.ts';

const all = pathOf(playlistKind, 'v1');
const playlist = (name: string, title = name, more: object = {}) => ({ metadata: { name, ...more }, spec: { title, interval: '5m', items: [] } });
const tableType = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const select = (labels: string, fields = '') => `${all}?labelSelector=${encodeURIComponent(labels)}${fields && `&fieldSelector=${encodeURIComponent(fields)}`}`;

onEveryDatabase('acceptance of /apis', (open) => {
  async function played(play: (api: TestApi) => Promise<void>): Promise<void> {
    const api = await startTestApi({ db: await open(resourceMigrations), kinds: [playlistKind] });
    try {
      await play(api);
    } finally {
      await api.close();
    }
  }

  test('6–9: names, versions, generations, conflicts', () => played(async ({ call }) => {
    const made = await call('ada', 'POST', all, { metadata: { generateName: 'x' }, spec: { title: 'One', interval: '5m', items: [] } });
    expect(made.status, made.text).toBe(201);
    const { name, resourceVersion } = made.json.metadata;
    expect(name).toMatch(/^x[a-z0-9]{5}$/);
    expect(made.json.metadata).toMatchObject({ generation: 1, annotations: { 'grafana.app/createdBy': 'user:u-ada' } });
    expect(made.json.metadata.generateName).toBeUndefined();
    expect(made.json.metadata.annotations['grafana.app/updatedBy']).toBeUndefined();
    const same = await call('ada', 'PUT', `${all}/${name}`, made.json);
    expect(same.status).toBe(200);
    expect(same.json.metadata.resourceVersion).toBeUndefined();
    expect((await call('ada', 'GET', `${all}/${name}`)).json.metadata.resourceVersion).toBe(resourceVersion);
    const changed = await call('editor', 'PUT', `${all}/${name}`, { ...made.json, spec: { ...made.json.spec, title: 'Two' } });
    expect(changed.json.metadata).toMatchObject({ generation: 2, annotations: { 'grafana.app/updatedBy': 'user:u-editor', 'grafana.app/updatedTimestamp': expect.any(String) } });
    expect(Number(changed.json.metadata.resourceVersion)).toBeGreaterThan(Number(resourceVersion));
    expect((await call('ada', 'PUT', `${all}/${name}`, made.json)).json).toMatchObject({ code: 409, reason: 'Conflict' });
    expect((await call('ada', 'PUT', `${all}/${name}`, playlist(name, 'Three'))).status).toBe(200);
    expect((await call('ada', 'PUT', `${all}/new`, playlist('new'))).status).toBe(201);
    expect((await call('ada', 'POST', all, playlist('new'))).json).toMatchObject({ code: 409, reason: 'AlreadyExists' });
    expect((await call('ada', 'GET', `${all}/nope`)).json).toMatchObject({ code: 404, message: 'playlists.playlist.grafana.app "nope" not found' });
  }));

  test('10–12: patches, apply, refused annotations, dry runs', () => played(async ({ call }) => {
    await call('ada', 'POST', all, playlist('p'));
    const patch = (type: string, body: unknown, query = '') => call('ada', 'PATCH', `${all}/p${query}`, body, { 'content-type': `application/${type}` });
    expect((await patch('strategic-merge-patch+json', { spec: { title: 'a' } })).json.spec.title).toBe('a');
    expect((await patch('merge-patch+json', { spec: { title: 'b' } })).json.spec.title).toBe('b');
    expect((await patch('json-patch+json', [{ op: 'replace', path: '/spec/title', value: 'c' }])).json.spec.title).toBe('c');
    const applied = await patch('apply-patch+yaml', { apiVersion: 'playlist.grafana.app/v1', kind: 'Playlist', ...playlist('p', 'd') }, '?fieldManager=tester&force=true');
    expect(applied.json).toMatchObject({ spec: { title: 'd' }, metadata: { managedFields: expect.arrayContaining([expect.objectContaining({ manager: 'tester', operation: 'Apply' })]) } });
    expect((await call('ada', 'POST', all, playlist('f', 'f', { annotations: { 'grafana.app/folder': 'x' } }))).json).toMatchObject({ code: 400, message: expect.stringContaining('folders are not supported for:') });
    expect((await call('ada', 'POST', `${all}?dryRun=All`, playlist('dry'))).status).toBe(201);
    expect((await call('ada', 'GET', `${all}/dry`)).status).toBe(404);
  }));

  test('13–14: roles and namespaces', () => played(async ({ call }) => {
    expect((await call('viewer', 'GET', all)).status).toBe(200);
    expect((await call('viewer', 'POST', all, playlist('v'))).json).toMatchObject({ code: 403, message: expect.stringContaining('Viewer') });
    expect((await call('editor', 'POST', all, playlist('e'))).status).toBe(201);
    expect((await call('editor', 'DELETE', all)).status).toBe(403);
    expect((await call('ada', 'GET', pathOf(playlistKind, 'v1', 'org-2'))).status).toBe(403);
    expect((await call('admin', 'GET', pathOf(playlistKind, 'v1', 'org-2'))).status).toBe(200);
    expect((await call('ada', 'GET', pathOf(playlistKind, 'v1', 'org-1'))).text).toContain('use default rather than org-1');
  }));

  test('15, 23: tables, and pages of one snapshot in the order of names', () => played(async ({ call }) => {
    for (const name of ['c', 'a', 'b']) await call('ada', 'POST', all, playlist(name));
    const table = await call('ada', 'GET', all, undefined, { accept: tableType });
    expect(table.json).toMatchObject({ kind: 'Table', columnDefinitions: [{ name: 'Name' }, { name: 'Created At' }] });
    const names: string[] = [];
    const versions = new Set<string>();
    for (let next = ''; ;) {
      const { json } = await call('ada', 'GET', `${all}?limit=1${next && `&continue=${encodeURIComponent(next)}`}`);
      names.push(...json.items.map((item: { metadata: { name: string } }) => item.metadata.name));
      versions.add(json.metadata.resourceVersion);
      // What is written meanwhile is not in it.
      if (names.length === 1) await call('ada', 'DELETE', `${all}/b`).then(() => call('ada', 'POST', all, playlist('bb')));
      next = json.metadata.continue ?? '';
      if (!next) break;
    }
    expect(names).toEqual(['a', 'b', 'c']);
    expect(versions.size).toBe(1);
  }));

  test('16: a watch begins with what is there, says so, and hears of the end', () => played(async ({ call, url }) => {
    await call('ada', 'POST', all, playlist('a'));
    await call('ada', 'POST', all, playlist('b'));
    const stop = new AbortController();
    const stream = await fetch(`${url}${all}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`, { headers: { 'x-who': 'admin' }, signal: stop.signal });
    const seen: { type: string; object: { metadata: { resourceVersion: string; annotations?: Record<string, string> } } }[] = [];
    let rest = '';
    for await (const chunk of stream.body!) {
      rest += Buffer.from(chunk).toString('utf8');
      const lines = rest.split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        seen.push(JSON.parse(line));
        if (seen.length === 3) await call('ada', 'DELETE', `${all}/a`);
      }
      if (seen.length >= 4) break;
    }
    stop.abort();
    expect(seen.map(({ type }) => type)).toEqual(['ADDED', 'ADDED', 'BOOKMARK', 'DELETED']);
    expect(seen[2]!.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    expect(Number(seen[3]!.object.metadata.resourceVersion)).toBeGreaterThan(Number(seen[2]!.object.metadata.resourceVersion));
  }));

  test('19–20: history newest first, page by page; what is deleted comes back from the trash', () => played(async ({ call }) => {
    await call('ada', 'POST', all, playlist('h', 't0'));
    for (let n = 1; n < 5; n++) await call('ada', 'PATCH', `${all}/h`, { spec: { title: `t${n}` } });
    const titles: string[] = [];
    for (let next = ''; ;) {
      const { json } = await call('ada', 'GET', `${select('grafana.app/get-history=true', 'metadata.name=h')}&limit=2${next && `&continue=${encodeURIComponent(next)}`}`);
      titles.push(...json.items.map((item: { spec: { title: string } }) => item.spec.title));
      next = json.metadata.continue ?? '';
      if (!next) break;
    }
    expect(titles).toEqual(['t4', 't3', 't2', 't1', 't0']);
    expect((await call('ada', 'GET', select('grafana.app/get-history=true'))).json).toMatchObject({ code: 400, message: 'metadata.name field selector required for history requests' });
    expect((await call('ada', 'DELETE', `${all}/h`)).json).toMatchObject({ kind: 'Status', status: 'Success' });
    const [marker] = (await call('ada', 'GET', select('grafana.app/get-trash=true'))).json.items;
    expect(marker.metadata).toMatchObject({ name: 'h', generation: -999 });
    const restored = await call('ada', 'POST', all, { metadata: { name: 'h', annotations: marker.metadata.annotations }, spec: marker.spec });
    expect(restored.json).toMatchObject({ spec: { title: 't4' }, metadata: { generation: 1 } });
    expect((await call('ada', 'GET', select('grafana.app/get-trash=true'))).json.items).toEqual([]);
  }));

  test('33: of two writers one wins, and later versions only grow', () => played(async ({ call }) => {
    const { json } = await call('ada', 'POST', all, playlist('w'));
    const answers = await Promise.all(['a', 'b'].map((title) => call('ada', 'PUT', `${all}/w`, playlist('w', title, { resourceVersion: json.metadata.resourceVersion }))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    let last = Number(json.metadata.resourceVersion);
    for (let n = 0; n < 5; n++) {
      const version = Number((await call('ada', 'PATCH', `${all}/w`, { spec: { title: `n${n}` } })).json.metadata.resourceVersion);
      expect(version).toBeGreaterThan(last);
      last = version;
    }
  }));
});
