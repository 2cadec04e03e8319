import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { targetOf } from '../../../command-line/content-command.ts';
import { systemClock } from '../../../infra/clock.ts';
import type { Database, DatabaseName } from '../../../infra/db/database.ts';
import { openForeignDatabase } from '../../../infra/db/foreign-database.ts';
import { onEveryDatabase } from '../../../infra/db/on-every-database.ts';
import { silentLogger } from '../../../infra/log/log.ts';
import { encryptWith, withDataKey } from '../../../infra/secrets/envelope.ts';
import { createSecrets } from '../../../infra/secrets/secrets-service.ts';
import { migrations } from '../../../server/migrations.ts';
import { createResourceStore } from '../../../storage/sql-resource-store.ts';
import { readContentFiles, writeContentFiles } from './content-files.ts';
import { createGrafanaContent } from './grafana-content.ts';
import { grafanaRows, grafanaSchema, insertion, unifiedRows } from './grafana-fixtures.ts';
import { importContent } from './import-content.ts';
import { createOwnContent } from './own-content.ts';
import { fitsYaml, yamlText } from './yaml-text.ts';

const secretKey = 'the secret of this place';
const security = { secretKey } as Parameters<typeof targetOf>[1]['security'];
const now = 1_760_000_000_000;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'transfer-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const storeIn = (db: Database) => createResourceStore({ db, clock: systemClock, log: silentLogger });
const secretsIn = (db: Database) => createSecrets({ db, clock: systemClock, secretKey });
const ownContent = (db: Database, history = true) => createOwnContent({ db, store: storeIn(db), secrets: secretsIn(db), history });
const run = (db: Database, source: Parameters<typeof importContent>[1], options: Partial<Parameters<typeof importContent>[2]> = {}) =>
  importContent(targetOf(db, { security }), source, { dryRun: false, existing: 'refuse', ...options });
const row = (db: Database, table: string, values: Record<string, unknown>) => db.tables<Record<string, Record<string, unknown>>>().insertInto(table).values(values).execute();

async function people(db: Database, logins: readonly string[]): Promise<void> {
  for (const login of logins) {
    await row(db, 'user', {
      uid: `here-${login}`, login, email: `${login}@x`, name: '', password: '', salt: '', rands: '', org_id: 1, is_admin: false, is_disabled: false, is_service_account: false, is_provisioned: false,
      email_verified: false, theme: '', help_flags1: 0, last_seen_at: now, created: now, updated: now,
    });
  }
  await row(db, 'org', { version: 0, name: 'Main', address1: '', address2: '', city: '', state: '', zip_code: '', country: '', created: now, updated: now });
  await row(db, 'team', { uid: 'kitchen', org_id: 1, name: 'Kitchen', email: '', external_uid: '', is_provisioned: false, created: now, updated: now });
}

/** Path -> content of every file below. */
function filesIn(root: string): Record<string, string> {
  return Object.fromEntries(readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => statSync(join(root, path)).isFile()).sort().map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

const dashboards = { group: 'dashboard.grafana.app', resource: 'dashboards', namespace: 'default' };
const folders = { group: 'folder.grafana.app', resource: 'folders', namespace: 'default' };
const plain = { labels: {}, annotations: {}, author: 'user:here-ada' };

async function someContent(db: Database): Promise<void> {
  await people(db, ['ada', 'bob']);
  const store = storeIn(db);
  await store.create({ ...folders, ...plain, name: 'house', apiVersion: 'v1beta1', title: 'House', folder: '', spec: '{"title":"House"}' });
  await store.create({ ...folders, ...plain, name: 'Bath', apiVersion: 'v1beta1', title: 'Bath', folder: 'house', spec: '{"title":"Bath"}' });
  const awkward = '{"title":"Awkward","__proto__":{"a":1},"1":"one","0":"zero","text":"line one\\nline two\\n","lone":"\\ud800","nul":"\\u0000","yes":"yes","on":true,"n":1e21,"big":12345678901234567890,"deep":[[[]]],"x":1.0}';
  await store.create({ ...dashboards, ...plain, name: 'awkward', apiVersion: 'v0alpha1', title: 'Awkward', folder: 'Bath', spec: awkward });
  await store.create({ ...dashboards, ...plain, name: 'folder', apiVersion: 'v0alpha1', title: 'Named like a file', folder: 'Bath', spec: '{ "title": "spaced",\n  "panels": [] }' });
  await store.update({ ...dashboards, ...plain, name: 'folder', apiVersion: 'v1beta1', title: 'Second', folder: '', author: 'user:here-bob', annotations: { 'grafana.app/message': 'moved' }, spec: '{"title":"Second","tags":["a: b","- c","# d","null","1"]}' });
  await store.create({ ...dashboards, ...plain, name: 'A', apiVersion: 'v0alpha1', title: 'Capital', folder: '', labels: { team: 'x' }, spec: '{"title":"Capital"}', status: '{"conversion":{"failed":false}}' });
  await store.create({ ...dashboards, ...plain, name: 'a', apiVersion: 'v0alpha1', title: 'Small', folder: 'gone\ud800', spec: '{"title":"Small"}' });
  await store.create({ ...dashboards, ...plain, name: 'trash', apiVersion: 'v0alpha1', title: 'Trash', folder: '', spec: '{"title":"Trash"}' });
  await store.delete({ ...dashboards, name: 'trash' }, { author: 'user:here-bob' });
  await store.create({ group: 'playlist.grafana.app', resource: 'playlists', namespace: 'org-2', ...plain, name: 'round', apiVersion: 'v1', title: 'Round', folder: '', spec: '{"title":"Round","interval":"5m","items":[]}' });
  const made = { created: now, updated: now + 1 };
  await row(db, 'library_element', { org_id: 1, uid: 'gauge', name: 'Gauge', type: 'gauge', description: 'a\nb', model: '{"type":"gauge","n":1.0}', version: 2, folder_uid: 'house', ...made, created_by: 1, updated_by: 2 });
  await row(db, 'annotation', { org_id: 1, dashboard_uid: 'A', panel_id: 1, alert_id: 0, alert_uid: '', user_id: 2, prev_state: '', new_state: '', text: db.name === 'postgres' ? 'boiled' : 'boiled\0', tags: '["hot","site:north"]', data: '{}', epoch: 1, epoch_end: 2, ...made });
  // More than one file holds.
  await db.tables<Record<string, Record<string, unknown>>>().insertInto('annotation').values(Array.from({ length: 1_050 }, (_, i) => (
    { org_id: 2, dashboard_uid: '', panel_id: 0, alert_id: 0, alert_uid: '', user_id: 0, prev_state: '', new_state: '', text: `n ${i}`, tags: '[]', data: '{}', epoch: i, epoch_end: i, ...made }
  ))).execute();
  await row(db, 'star', { org_id: 1, user_id: 2, dashboard_uid: 'A', created: now });
  await row(db, 'preferences', { org_id: 1, user_id: 0, team_id: 1, version: 0, home_dashboard_uid: 'A', timezone: 'utc', week_start: '', theme: 'dark', json_data: '{"language":"de-DE"}', ...made });
  await row(db, 'short_url', { org_id: 1, uid: 'short', path: 'd/A?x=1', created_by: 1, created_at: now, last_seen_at: 0 });
  await row(db, 'dashboard_snapshot', {
    name: 'Snap', key: 'key', delete_key: 'delete', org_id: 1, user_id: 1, external: false, external_url: '', external_delete_url: '', dashboard_encrypted: await secretsIn(db).encrypt('{"title":"shot"}'),
    expires: now, ...made,
  });
  await row(db, 'dashboard_public', {
    uid: 'pub', org_id: 1, dashboard_uid: 'A', access_token: 'token', time_selection_enabled: true, is_enabled: true, annotations_enabled: false, share: 'public', created_by: 1, created_at: now,
    updated_by: 1, updated_at: now,
  });
  await row(db, 'query_history', { uid: 'q1', org_id: 1, datasource_uid: 'prom', created_by: 2, created_at: 5, comment: '', queries: '[{"refId":"A"}]' });
  await row(db, 'query_history_details', { query_history_item_uid: 'q1', datasource_uid: 'prom' });
  await row(db, 'query_history_star', { query_uid: 'q1', user_id: 2, org_id: 1 });
  await row(db, 'correlation', { uid: 'c1', org_id: 1, source_uid: 'prom', target_uid: null, label: 'l', description: '', config: '{"field":"x"}', provisioned: false, type: 'external' });
  const { grant } = targetOf(db, { security });
  await grant(db, 1, { kind: 'builtin', role: 'Viewer' }, 'folders:uid:house', ['folders:view']);
  await grant(db, 1, { kind: 'user', id: 2 }, 'dashboards:uid:A', ['dashboards:edit']);
  await grant(db, 1, { kind: 'team', id: 1 }, 'dashboards:uid:A', ['dashboards:view']);
}

onEveryDatabase('content in files', (open) => {
  test('comes back exactly, history, trash and people included', { timeout: 240_000 }, async () => {
    const here = await open(migrations);
    await someContent(here);
    const first = join(dir, 'first');
    await writeContentFiles(await ownContent(here), first);
    const there = await open(migrations);
    // People have other numbers there.
    await people(there, ['zoe', 'bob', 'ada']);
    const { kinds } = await run(there, await readContentFiles(first));
    const second = join(dir, 'second');
    await writeContentFiles(await ownContent(there), second);
    expect(filesIn(second)).toEqual(filesIn(first));
    expect(Object.fromEntries(kinds.map(({ kind, written }) => [kind, written]))).toMatchObject({
      dashboards: 4, folders: 2, 'dashboards in the trash': 1, 'older versions of dashboards': 2, 'playlists': 1, annotations: 1_051, permissions: 3, snapshots: 1, stars: 1,
    });
    // The face of it: text, authors and numbers as they were.
    const [original, copy] = await Promise.all([here, there].map((db) => storeIn(db).get({ ...dashboards, name: 'awkward' })));
    expect(copy).toEqual({ ...original, resourceVersion: copy!.resourceVersion });
    expect((await there.prepare('select user_id from star').all())).toEqual([{ user_id: 2 }]);
    expect(await secretsIn(there).decrypt(Buffer.from((await there.prepare<{ dashboard_encrypted: Buffer }>('select dashboard_encrypted from dashboard_snapshot').first())!.dashboard_encrypted))).toEqual(Buffer.from('{"title":"shot"}'));
    expect((await there.prepare<{ n: number }>('select count(*) as n from annotation_tag').first())!.n).toBe(2);
  });

  test('is refused, skipped or replaced where it is already, and a dry run writes nothing', { timeout: 240_000 }, async () => {
    const db = await open(migrations);
    await someContent(db);
    await writeContentFiles(await ownContent(db), dir);
    const files = () => readContentFiles(dir);
    await expect(run(db, await files())).rejects.toThrow(/here already: dashboards A, dashboards .* and \d+ more/);
    const skipped = await run(db, await files(), { existing: 'skip' });
    expect(skipped.kinds.filter(({ written }) => written > 0)).toEqual([]);
    await db.prepare("update resource set title = 'spoilt'").run();
    const dry = await run(db, await files(), { existing: 'replace', dryRun: true });
    expect(dry.kinds.find(({ kind }) => kind === 'dashboards')).toMatchObject({ found: 4, written: 4, checksum: '' });
    expect((await storeIn(db).get({ ...dashboards, name: 'A' }))!.title).toBe('spoilt');
    await run(db, await files(), { existing: 'replace' });
    expect((await storeIn(db).get({ ...dashboards, name: 'A' }))!.title).toBe('Capital');
    expect((await db.prepare<{ n: number }>('select count(*) as n from annotation').first())!.n).toBe(1_051);
  });

  test('one object that cannot be written takes everything back', async () => {
    const db = await open(migrations);
    await people(db, ['ada']);
    const good = { apiVersion: 'dashboard.grafana.app/v0alpha1', kind: 'Dashboard', metadata: { name: 'good' }, spec: { title: 'Good' } };
    writeFileSync(join(dir, 'content.yaml'), 'format: 1\n');
    mkdirSync(join(dir, 'default', 'content'), { recursive: true });
    writeFileSync(join(dir, 'default/content/a.yaml'), yamlText(good));
    writeFileSync(join(dir, 'default/content/b.yaml'), 'spec: 1\n');
    await expect(run(db, await readContentFiles(dir))).rejects.toThrow('default/content/b.yaml: apiVersion, kind, metadata.name and spec are needed');
    expect(await storeIn(db).get({ ...dashboards, name: 'good' })).toBeUndefined();
    rmSync(join(dir, 'default/content/b.yaml'));
    await run(db, await readContentFiles(dir));
    expect(await storeIn(db).get({ ...dashboards, name: 'good' })).toMatchObject({ title: 'Good', spec: '{"title":"Good"}', generation: 1 });
  });

  test('what could not be served, or would grant more than rights on content, is left', async () => {
    const db = await open(migrations);
    await people(db, ['ada']);
    mkdirSync(join(dir, 'default', 'content'), { recursive: true });
    const file = (path: string, ...documents: unknown[]) => writeFileSync(join(dir, path), documents.map((document) => `---\n${yamlText(document)}`).join(''));
    const board = (name: string, more: object = {}) => ({ apiVersion: 'dashboard.grafana.app/v0alpha1', kind: 'Dashboard', metadata: { name }, spec: { title: 'T' }, ...more });
    writeFileSync(join(dir, 'content.yaml'), 'format: 1\n');
    file('default/content/a.yaml', board('good'), board('text', { spec: 'no JSON' }), board('list', { spec: [1] }), board('slash/es'), board('later', { stored: { created: 1e300 } }), board('many', { metadata: { name: 'many', generation: 1.5 } }), board('kind', { apiVersion: 'dashboard.grafana.app/../x' }));
    const panel = { name: 'P', type: 'text', description: '', version: 1, folder_uid: '', created: now, updated: now, created_by: 'ada', updated_by: 'ada' };
    file('default/library-elements.yaml', { items: [{ ...panel, uid: 'whole', model: { type: 'text' } }, { ...panel, uid: 'broken', model: '{"type":' }, { ...panel, uid: 'late', model: {}, created: 1e17 }] });
    const note = { dashboard_uid: '', panel_id: 0, alert_id: 0, alert_uid: '', user_id: 'ada', prev_state: '', new_state: '', text: 'n', data: {}, epoch: 1, epoch_end: 1, created: now, updated: now };
    file('default/annotations.yaml', { items: [{ ...note, tags: ['a'] }, { ...note, epoch: 2, tags: { a: 1 } }, { ...note, epoch: 3, tags: [1] }, { ...note, epoch: 4, tags: [], data: 'no JSON' }] });
    const scope = 'dashboards:uid:good';
    file('default/permissions.yaml', { items: [
      { scope, role: 'Viewer', actions: ['dashboards:read', 'users:create', 'settings:write'] }, { scope, role: 'Grafana Admin', actions: ['dashboards:read'] },
      { scope, user: 'ada', actions: ['users:create'] }, { scope: 'users:*', user: 'ada', actions: ['dashboards:read'] },
    ] });
    const report = await run(db, await readContentFiles(dir));
    expect(counts(report)).toEqual({ dashboards: [7, 1, 6], 'library elements': [3, 1, 2], annotations: [4, 1, 3], permissions: [4, 1, 2] });
    expect(report.notes.join()).toContain('11 are broken and were left, or lost an older version: dashboards text, dashboards list, dashboards slash/es');
    expect(report.notes.join()).toContain('4 permissions are none on dashboards or folders and were left');
    expect(await db.prepare("select p.action, r.name from permission p inner join role r on r.id = p.role_id where r.name like 'managed:%'").all()).toEqual([{ action: 'dashboards:read', name: 'managed:builtins:viewer:permissions' }]);
  });
});

async function secretBytes() {
  const dataKey = Buffer.from('0123456789abcdef');
  return { wrapped: await encryptWith(secretKey, dataKey), cipher: withDataKey('key-1', await encryptWith(dataKey, Buffer.from('{"title":"Shot","panels":[]}'))) };
}

async function grafanaFile(unified: boolean): Promise<string> {
  const path = join(dir, 'grafana.db');
  const db = new DatabaseSync(path);
  for (const statement of grafanaSchema('sqlite', unified ? [] : ['resource', 'resource_history', 'resource_version'])) db.exec(statement);
  for (const [table, values] of [...grafanaRows(await secretBytes()), ...(unified ? unifiedRows() : [])]) {
    const { sql, values: bound } = insertion('sqlite', table, values);
    db.prepare(sql).run(...(bound as never[]));
  }
  db.close();
  return path;
}

const checksumOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const counts = (report: Awaited<ReturnType<typeof run>>) => Object.fromEntries(report.kinds.map(({ kind, found, written, left }) => [kind, [found, written, left]]));
const expected = {
  folders: [2, 2, 0], dashboards: [2, 2, 0], 'dashboards in the trash': [1, 1, 0], 'older versions of dashboards': [3, 3, 0], playlists: [1, 1, 0], 'library elements': [1, 1, 0], annotations: [2, 2, 0],
  stars: [2, 1, 1], preferences: [3, 3, 0], 'short URLs': [1, 1, 0], snapshots: [1, 1, 0], 'public dashboards': [1, 1, 0], 'query history': [1, 1, 0], correlations: [1, 1, 0], permissions: [3, 2, 1],
};

onEveryDatabase('content of a Grafana database', (open, database) => {
  test('is taken over from its tables of old; the file is left as it is', { timeout: 240_000 }, async () => {
    const path = await grafanaFile(false);
    const [before, changed] = [checksumOf(path), statSync(path).mtimeMs];
    const db = await open(migrations);
    await people(db, ['zoe', 'ada', 'admin']);
    const source = await createGrafanaContent(await openForeignDatabase(path), { secretKey });
    const dry = await run(db, source, { dryRun: true });
    expect(counts(dry)).toEqual(expected);
    expect(await storeIn(db).get({ ...dashboards, name: 'kettle' })).toBeUndefined();
    const report = await run(db, source);
    await source.close();
    expect(counts(report)).toEqual(expected);
    expect(report.notes.join()).toContain('(gone)');
    expect([checksumOf(path), statSync(path).mtimeMs, readdirSync(dir)]).toEqual([before, changed, ['grafana.db']]);
    await looksLikeTheOriginal(db);
  });

  test('is taken over as far as it can be read', { timeout: 240_000 }, async () => {
    const path = await grafanaFile(false);
    const file = new DatabaseSync(path);
    const at = '2025-03-01 10:00:00';
    const broken: [string, Record<string, unknown>][] = [
      ['dashboard', { id: 70, version: 1, title: 'Broken', data: '{broken', org_id: 1, created: at, updated: at, is_folder: false, uid: 'broken', folder_uid: 'nowhere' }],
      ['dashboard', { id: 71, version: 1, title: 'No uid', data: '{"title":"No uid"}', org_id: 1, created: at, updated: at, is_folder: false, uid: null, folder_uid: '' }],
      ['dashboard', { id: 76, version: 1, title: 'Late', data: '{"title":"Late"}', org_id: 1, created: 9_007_199_254_740_993n, updated: 9_007_199_254_740_993n, is_folder: false, uid: 'late', folder_uid: '' }],
      ['annotation', { id: 77, org_id: 1, alert_id: 0, user_id: 1, dashboard_id: 0, panel_id: 0, text: 'nanoseconds', data: '{}', epoch: 1_740_000_000_000_000_000n, epoch_end: 0, tags: '[]', created: 1, updated: 1 }],
      ['folder', { id: 72, uid: 'round', org_id: 1, title: 'Round', parent_uid: 'about', created: at, updated: at }],
      ['folder', { id: 73, uid: 'about', org_id: 1, title: 'About', parent_uid: 'round', created: at, updated: at }],
      ['library_element', { id: 74, org_id: 1, uid: 'broken', name: 'B', kind: 1, type: 'text', model: '{broken', created: at, created_by: 1, updated: at, updated_by: 1, version: 1, folder_uid: '' }],
      ['annotation', { id: 75, org_id: 1, alert_id: 0, user_id: 1, dashboard_id: 0, panel_id: 0, text: 't', data: '{broken', epoch: 1, epoch_end: 1, tags: 'broken', created: 1, updated: 1 }],
    ];
    for (const [table, values] of broken) {
      const { sql, values: bound } = insertion('sqlite', table, values);
      file.prepare(sql).run(...(bound as never[]));
    }
    file.close();
    const db = await open(migrations);
    await people(db, ['ada', 'admin']);
    const source = await createGrafanaContent(await openForeignDatabase(path), { secretKey });
    const report = await run(db, source);
    await source.close();
    expect(report.notes.join()).toContain('1 are broken and were left, or lost an older version: annotations');
    expect(await storeIn(db).get({ ...dashboards, name: 'late' })).toMatchObject({ title: 'Late', created: 0 });
    expect(await storeIn(db).get({ ...dashboards, name: 'broken' })).toMatchObject({ title: 'Broken', spec: '{"title":"Broken"}', folder: 'nowhere' });
    expect(await storeIn(db).get({ ...dashboards, name: '000000071' })).toMatchObject({ title: 'No uid' });
    expect(await storeIn(db).get({ ...folders, name: 'round' })).toMatchObject({ folder: 'about' });
    expect(await db.prepare("select model from library_element where uid = 'broken'").all()).toEqual([{ model: '{}' }]);
    expect(await db.prepare("select data, tags from annotation where text = 't'").all()).toEqual([{ data: '{}', tags: '[]' }]);
  });

  test('is taken over from its unified tables', { timeout: 240_000 }, async () => {
    const path = await grafanaFile(true);
    const file = new DatabaseSync(path);
    const { sql, values: bound } = insertion('sqlite', 'resource_history', { ...dashboards, name: 'clock', guid: 'g8', resource_version: 1_741_000_000_000_000, value: '{"metadata":', action: 1, folder: '', previous_resource_version: 0 });
    file.prepare(sql).run(...(bound as never[]));
    // Where nobody uses it, a reader makes none of the files beside it that writers need.
    file.exec('pragma journal_mode = wal');
    file.close();
    const before = checksumOf(path);
    const db = await open(migrations);
    await people(db, ['ada', 'admin']);
    const source = await createGrafanaContent(await openForeignDatabase(path), { secretKey });
    const report = await run(db, source);
    await source.close();
    expect(counts(report)).toMatchObject({ dashboards: [1, 1, 0], 'dashboards in the trash': [1, 1, 0], 'older versions of dashboards': [2, 2, 0], folders: [1, 1, 0], playlists: [1, 1, 0] });
    expect(report.notes).toContain('1 objects of iam.grafana.app/things are no content and were left');
    expect(report.notes).toContain('1 versions are no JSON and were left: clock');
    expect([checksumOf(path), readdirSync(dir)]).toEqual([before, ['grafana.db']]);
    const store = storeIn(db);
    expect(await store.get({ ...dashboards, name: 'clock' })).toMatchObject({
      title: 'Clock II', spec: '{"title":"Clock II","panels":[],"x":1.50}', generation: 2, uid: 'uid-clock', legacyId: 4711, folder: 'attic', apiVersion: 'v1beta1', createdBy: 'user:here-ada',
      updatedBy: 'user:u-gone', created: Date.UTC(2025, 2, 1, 10), updated: Date.UTC(2025, 2, 2, 11, 30),
    });
    expect((await store.history({ ...dashboards, name: 'clock' })).map(({ generation, title }) => [generation, title])).toEqual([[2, 'Clock II'], [1, 'Clock']]);
    expect((await store.trash(dashboards, 'default')).items.map(({ name, deleted }) => [name, deleted])).toEqual([['gone', true]]);
  });

  test('is taken over from a database of the same make', { timeout: 240_000 }, async () => {
    const grafana = await open();
    for (const statement of grafanaSchema(database, ['resource', 'resource_history', 'resource_version'])) await grafana.prepare(statement).run();
    for (const [table, values] of grafanaRows(await secretBytes())) {
      const { sql, values: bound } = insertion(database, table, values);
      await grafana.prepare(sql).run(...bound);
    }
    const db = await open(migrations);
    await people(db, ['zoe', 'ada', 'admin']);
    const source = await createGrafanaContent(await openForeignDatabase(await locationOf(grafana, database)), { secretKey });
    expect(counts(await run(db, source))).toEqual(expected);
    await source.close();
    await looksLikeTheOriginal(db);
  });
});

async function locationOf(db: Database, database: DatabaseName): Promise<string> {
  if (database === 'sqlite') return (await db.prepare<{ file: string }>('select file from pragma_database_list').first())!.file;
  const url = new URL(process.env[database === 'postgres' ? 'BELVEDERE_TEST_POSTGRES_URL' : 'BELVEDERE_TEST_MYSQL_URL']!);
  if (database === 'postgres') url.searchParams.set('search_path', (await db.prepare<{ name: string }>('select current_schema() as name').first())!.name);
  else url.pathname = `/${(await db.prepare<{ name: string }>('select database() as name').first())!.name}`;
  return url.href;
}

async function looksLikeTheOriginal(db: Database): Promise<void> {
  const store = storeIn(db);
  expect(await store.get({ ...dashboards, name: 'kettle' })).toMatchObject({
    title: 'Kettle', folder: 'bath', generation: 3, legacyId: 11, apiVersion: 'v0alpha1', createdBy: 'user:u-gone', updatedBy: 'user:here-ada',
    spec: '{"title":"Kettle","tags":["hot","water"],"panels":[{"id":1,"type":"text","title":"é ☃ \\"quoted\\""}],"refresh":"5s"}', created: Date.UTC(2025, 2, 1, 10), updated: Date.UTC(2025, 2, 2, 11, 30),
  });
  expect((await store.history({ ...dashboards, name: 'kettle' })).map(({ generation, title, annotations }) => [generation, title, annotations['grafana.app/message']])).toEqual([
    [3, 'Kettle', 'hottest'], [2, 'Kettle', 'hotter'], [1, 'Pot', undefined],
  ]);
  expect(await store.get({ ...dashboards, name: 'lamp' })).toMatchObject({ spec: '{"title":"Lamp","x":1.0}', annotations: { 'grafana.app/managedBy': 'classic-file-provisioning', 'grafana.app/sourcePath': '/etc/lamp.json' } });
  expect(await store.get({ ...folders, name: 'bath' })).toMatchObject({ title: 'Bath', folder: 'house', legacyId: 10 });
  expect((await store.trash(dashboards, 'default')).items.map(({ name }) => name)).toEqual(['old']);
  expect((await store.get({ group: 'playlist.grafana.app', resource: 'playlists', namespace: 'default', name: 'round' }))!.spec).toBe(
    '{"title":"Round","interval":"5m","items":[{"type":"dashboard_by_uid","value":"kettle"},{"type":"dashboard_by_tag","value":"hot"}]}');
  const rows = async (table: string, columns: string) => db.prepare(`select ${columns} from "${table}" order by id`).all();
  expect(await rows('star', 'user_id, dashboard_uid')).toEqual([{ user_id: 2, dashboard_uid: 'kettle' }]);
  expect(await rows('annotation', 'user_id, dashboard_uid, alert_uid, epoch_end, tags')).toEqual([
    { user_id: 2, dashboard_uid: 'kettle', alert_uid: '', epoch_end: 1_740_000_060_000, tags: '["hot","site:north"]' },
    { user_id: 0, dashboard_uid: '', alert_uid: 'rule-77', epoch_end: 1_740_000_000_000, tags: '[]' },
  ]);
  expect(await rows('preferences', 'user_id, team_id, home_dashboard_uid, theme')).toEqual([
    { user_id: 0, team_id: 0, home_dashboard_uid: 'lamp', theme: 'dark' }, { user_id: 2, team_id: 0, home_dashboard_uid: '', theme: 'light' }, { user_id: 0, team_id: 1, home_dashboard_uid: '', theme: 'dark' },
  ]);
  expect(await rows('short_url', 'uid, created_at')).toEqual([{ uid: 'short', created_at: 1_740_000_000_000 }]);
  expect(await rows('permission', 'action, scope')).toEqual([
    { action: 'folders:view', scope: 'folders:uid:house' }, { action: 'dashboards:read', scope: 'dashboards:uid:lamp' }, { action: 'dashboards:write', scope: 'dashboards:uid:lamp' },
  ]);
  const snapshot = await db.prepare<{ dashboard_encrypted: Uint8Array }>('select dashboard_encrypted from dashboard_snapshot').first();
  expect((await secretsIn(db).decrypt(Buffer.from(snapshot!.dashboard_encrypted))).toString()).toBe('{"title":"Shot","panels":[]}');
}

describe('JSON as YAML', () => {
  test('whatever fits comes back to the letter', () => {
    let seed = 20_261_125;
    const random = (n: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % n;
    const texts = ['', 'plain', 'two words', ' lead', 'trail ', 'a: b', '# no', '- x', 'yes', 'null', '1', '1e3', '0x1f', '~', "it's", '"q"', 'l1\nl2', 'l1\n\nl2\n', '\n', 'tab\t', 'cr\r\n', '\ud800', '\u0000', '\u0085', '\u2028', '😀', '---', '{}', '[', '@at', '`', '%', '|', '>', '?', '!tag', '&a', '*a', 'k: |\n  x', '2020-01-01', '.5', '+1', '=', '<<', 'C:\\x', 'ends:', 'a #b', '  two\n  lines', 'x\n  y', 'no-break\u00a0space'];
    const keys = [...texts, '__proto__', 'constructor', 'toString'];
    const value = (depth: number): unknown => {
      switch (random(depth > 4 ? 5 : 7)) {
        case 0: return null;
        case 1: return random(2) === 0;
        case 2: return [0, -1, 1.5, 1e21, 1e-7, 123456789012][random(6)];
        case 3: case 4: return texts[random(texts.length)];
        case 5: return Array.from({ length: random(4) }, () => value(depth + 1));
        default: return Object.fromEntries(Array.from({ length: random(4) }, () => [keys[random(keys.length)], value(depth + 1)]));
      }
    };
    let fitting = 0;
    for (let i = 0; i < 3_000; i++) {
      const json = JSON.stringify({ spec: value(0) });
      if (!fitsYaml(json)) continue;
      fitting++;
      const yaml = yamlText(JSON.parse(json));
      expect(JSON.stringify(parse(yaml, { uniqueKeys: false })), yaml).toBe(json);
    }
    expect(fitting).toBeGreaterThan(2_500);
  });

  test.each(['{"1":1,"0":2}', '{"a":1,"a":2}', '{ "a": 1 }', '{"a":1.0}', '{"a":-0}', '"text"', 'not json', `${'['.repeat(100)}${']'.repeat(100)}`, `{"${'k'.repeat(2_000)}":1}`])('%s stays JSON', (json) => {
    expect(fitsYaml(json)).toBe(false);
  });
});
