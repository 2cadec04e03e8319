/**
 * The content of a Grafana 12 database, whichever of its two storages holds it: the tables of old (`dashboard`, `folder` …) or the unified
 * ones (`resource`, `resource_history`). A kind is read from the unified storage once anything of it is there, for then Grafana reads it
 * there too. Columns that an older or newer version lacks count as empty.
 */
import { createHash } from 'node:crypto';
import type { ForeignDatabase, ForeignRow } from '../../../infra/db/foreign-database.ts';
import { decryptWith, readDataKey } from '../../../infra/secrets/envelope.ts';
import { dashboardType, folderType } from '../../../storage/search/content-entry.ts';
import type { ResourceType, StoredResource } from '../../../storage/resource-store.ts';
import { editObject, jsonMembers, memberText } from '../../../util/json-text.ts';
import { isObject, objectOf, textOf, textsOf } from '../../../util/json-value.ts';
import { namespaceOf } from '../../../util/namespace.ts';
import type { ContentTable } from './content-tables.ts';
import { grantsIn, peopleOf, type People } from './people.ts';
import { type ContentRow, type ContentSource, type ResourceRecord, TransferError } from './transfer.ts';

const playlistType: ResourceType = { group: 'playlist.grafana.app', resource: 'playlists' };
const userStorageType: ResourceType = { group: 'userstorage.grafana.app', resource: 'user-storage' };
const contentTypes = [folderType, dashboardType, playlistType, userStorageType];
const typeName = ({ group, resource }: ResourceType) => `${group}/${resource}`;
const legacyIdLabel = 'grafana.app/deprecatedInternalID';
const deleted = 3;
const deletedGeneration = -999;

export async function createGrafanaContent(source: ForeignDatabase, { secretKey }: { readonly secretKey: string }): Promise<ContentSource> {
  if (!source.tables.has('dashboard') && !source.tables.has('resource')) throw new TransferError('this is no database of Grafana: it has neither the table dashboard nor resource');
  if (source.tables.has('identity_epoch')) throw new TransferError('this is a database of Belvedere: use export and import');
  const all = async (table: string, orderBy = 'id') => Array.fromAsync(source.rows(table, orderBy));
  const people = peopleOf(await all('user'), await all('team'));
  const notes: string[] = [];
  const unified = new Set<string>();
  const others = new Map<string, number>();
  for (const type of contentTypes) if ((await source.where('resource_version', { group: type.group, resource: type.resource }, 'resource')).length > 0) unified.add(typeName(type));

  // What other tables call by number or by uid.
  const dashboardUids = new Map<number, string>();
  const dashboardOrgs = new Map<number, number>();
  const folderUids = new Map<number, string>();
  for await (const row of source.rows('dashboard', 'id')) {
    (flag(row['is_folder']) ? folderUids : dashboardUids).set(number(row['id']), text(row['uid']));
    dashboardOrgs.set(number(row['id']), number(row['org_id']));
  }
  const ruleUids = new Map((await all('alert_rule')).map((row) => [number(row['id']), text(row['uid'])]));
  const dashboardUid = (row: ForeignRow, uid = 'dashboard_uid', id = 'dashboard_id') => text(row[uid]) || (dashboardUids.get(number(row[id])) ?? '');
  const folderUid = (row: ForeignRow) => text(row['folder_uid']) || (folderUids.get(number(row['folder_id'])) ?? '');
  const authorOf = (id: unknown): string => {
    const user = users.get(number(id));
    return user === undefined ? 'anonymous:0' : `${user.account ? 'service-account' : 'user'}:${user.uid}`;
  };
  const users = new Map((await all('user')).map((row) => [number(row['id']), { uid: text(row['uid']), account: flag(row['is_service_account']) }]));

  async function* resources(): AsyncIterable<ResourceRecord> {
    for (const type of contentTypes) if (unified.has(typeName(type))) yield* unifiedObjects(type);
    if (!unified.has(typeName(folderType))) yield* classicFolders();
    if (!unified.has(typeName(dashboardType))) yield* classicDashboards();
    if (!unified.has(typeName(playlistType))) yield* classicPlaylists();
    for await (const row of source.rows('resource', 'guid')) {
      const name = typeName({ group: text(row['group']), resource: text(row['resource']) });
      if (!contentTypes.some((type) => typeName(type) === name)) others.set(name, (others.get(name) ?? 0) + 1);
    }
    for (const [name, count] of others) notes.push(`${count} objects of ${name} are no content and were left`);
  }

  /** Objects with a version that is no JSON. */
  const broken: string[] = [];

  /** History holds every write, the current state and the trash included. */
  async function* unifiedObjects(type: ResourceType): AsyncIterable<ResourceRecord> {
    const names = new Set<string>();
    for await (const row of source.rows('resource_history', 'guid')) {
      if (text(row['group']) === type.group && text(row['resource']) === type.resource) names.add(`${text(row['namespace'])}\0${text(row['name'])}`);
    }
    for await (const row of source.rows('resource', 'guid')) {
      if (text(row['group']) === type.group && text(row['resource']) === type.resource) names.add(`${text(row['namespace'])}\0${text(row['name'])}`);
    }
    for (const key of [...names].sort()) {
      const [namespace = '', name = ''] = key.split('\0');
      const own = { group: type.group, resource: type.resource, namespace, name };
      const rows = (await source.where('resource_history', own, 'resource_version')).filter((row) => text(row['value']) !== '');
      const [current] = await source.where('resource', own, 'resource_version');
      const versions: StoredResource[] = [];
      const add = (row: ForeignRow) => {
        const version = fromUnified(type, row);
        if (version) versions.push(version);
        else broken.push(name);
      };
      rows.forEach(add);
      // What history lost, or never had, is still what is current.
      if (current && (versions.length === 0 || number(rows.at(-1)!['resource_version']) !== number(current['resource_version']))) add(current);
      if (versions.length > 0) yield { versions };
    }
  }

  async function* classicFolders(): AsyncIterable<ResourceRecord> {
    const rows = new Map<string, ForeignRow>();
    for await (const row of source.rows('dashboard', 'id')) if (flag(row['is_folder'])) rows.set(`${number(row['org_id'])}/${text(row['uid'])}`, row);
    const folders = await all('folder');
    const known = new Set(folders.map((row) => `${number(row['org_id'])}/${text(row['uid'])}`));
    // Before folders had a table of their own they were dashboards only.
    const lone = [...rows].filter(([key]) => !known.has(key)).map(([, row]) => row);
    for (const folder of [...folders, ...lone]) {
      const row = rows.get(`${number(folder['org_id'])}/${text(folder['uid'])}`);
      const created = time(folder['created']);
      const updated = Math.max(created, time(folder['updated']));
      const [createdBy, updatedBy] = [authorOf(row?.['created_by']), authorOf(row?.['updated_by'])];
      const parent = text(folder['parent_uid']);
      const generation = Math.max(1, number(row?.['version']));
      yield {
        versions: [classicObject(folderType, number(folder['org_id']), {
          name: nameOf(folder), generation, legacyId: number(row?.['id'] ?? folder['id']), folder: parent, title: text(folder['title']), apiVersion: 'v1beta1',
          annotations: authorship(createdBy, updatedBy, updated, generation), created, updated: generation > 1 ? updated : created, createdBy, updatedBy: generation > 1 ? updatedBy : createdBy,
          spec: JSON.stringify({ title: text(folder['title']), description: text(folder['description']) }),
        })],
      };
    }
  }

  async function* classicDashboards(): AsyncIterable<ResourceRecord> {
    const provisioned = new Map((await all('dashboard_provisioning')).map((row) => [number(row['dashboard_id']), row]));
    for await (const row of source.rows('dashboard', 'id')) {
      if (flag(row['is_folder'])) continue;
      const id = number(row['id']);
      const current = classicDashboard(row, provisioned.get(id));
      const older = (await source.where('dashboard_version', { dashboard_id: id }, 'version'))
        .filter((version) => number(version['version']) < current.generation && text(version['data']) !== '')
        .map((version) => classicVersion(version, current));
      // Their message is remembered with the version, not with the dashboard.
      const [newest] = await source.where('dashboard_version', { dashboard_id: id, version: current.generation }, 'id');
      const message = text(newest?.['message']);
      const live = message === '' ? current : { ...current, annotations: { ...current.annotations, 'grafana.app/message': message } };
      const gone = text(row['deleted']) !== '';
      yield { versions: [...older, live, ...(gone ? [deletionOf(live, time(row['deleted']))] : [])] };
    }
  }

  function classicDashboard(row: ForeignRow, provisioning: ForeignRow | undefined): StoredResource {
    const created = time(row['created']);
    const generation = Math.max(1, number(row['version']));
    const updated = Math.max(created, time(row['updated']));
    const [createdBy, updatedBy] = [authorOf(row['created_by']), authorOf(row['updated_by'])];
    const plugin = text(row['plugin_id']);
    const spec = specIn(text(row['data']), text(row['title']));
    return classicObject(dashboardType, number(row['org_id']), {
      name: nameOf(row), generation, legacyId: number(row['id']), folder: folderUid(row), title: titleIn(spec) || text(row['title']), apiVersion: text(row['api_version']).split('/').at(-1) || 'v0alpha1',
      annotations: {
        ...authorship(createdBy, updatedBy, updated, generation),
        ...(plugin === '' ? {} : { 'grafana.app/managedBy': 'plugin', 'grafana.app/managerId': plugin }),
        ...(provisioning === undefined ? {} : {
          'grafana.app/managedBy': 'classic-file-provisioning', 'grafana.app/managerId': text(provisioning['name']), 'grafana.app/sourcePath': text(provisioning['external_id']),
          'grafana.app/sourceChecksum': text(provisioning['check_sum']), 'grafana.app/sourceTimestamp': String(number(provisioning['updated']) * 1000),
        }),
      },
      created, updated: generation > 1 ? updated : created, createdBy, updatedBy: generation > 1 ? updatedBy : createdBy, spec,
    });
  }

  function classicVersion(version: ForeignRow, current: StoredResource): StoredResource {
    const generation = number(version['version']);
    const at = time(version['created']);
    const by = authorOf(version['created_by']);
    const spec = specIn(text(version['data']), current.title);
    const message = text(version['message']);
    return {
      ...current, generation, spec, title: titleIn(spec) || current.title, updated: generation > 1 ? at : current.created, updatedBy: generation > 1 ? by : current.createdBy,
      annotations: placed(current.folder, { ...authorship(current.createdBy, by, at, generation), ...(message === '' ? {} : { 'grafana.app/message': message }) }),
    };
  }

  async function* classicPlaylists(): AsyncIterable<ResourceRecord> {
    for await (const row of source.rows('playlist', 'id')) {
      const items = (await source.where('playlist_item', { playlist_id: row['id'] }, 'order')).map((item) => ({ type: text(item['type']), value: text(item['value']) }));
      const created = time(row['created_at']);
      const title = text(row['name']);
      yield {
        versions: [classicObject(playlistType, number(row['org_id']), {
          name: nameOf(row), generation: 1, legacyId: number(row['id']), folder: '', title, apiVersion: 'v1', annotations: {}, created, updated: created, createdBy: '', updatedBy: '',
          spec: JSON.stringify({ title, interval: text(row['interval']), items }),
        })],
      };
    }
  }

  async function* rows(table: ContentTable): AsyncIterable<ContentRow> {
    if (!source.tables.has(table.name)) return;
    const read = readers[table.name];
    for await (const row of source.rows(table.name, table.keyless ? 'uid' : 'id')) {
      const out = await read?.(row);
      if (out) yield out;
    }
  }

  const person = (id: unknown) => people.byId(number(id));
  const readers: Readonly<Record<string, (row: ForeignRow) => ContentRow | undefined | Promise<ContentRow | undefined>>> = {
    library_element: (row) => ({
      org_id: number(row['org_id']), uid: text(row['uid']), name: text(row['name']), type: text(row['type']), description: text(row['description']), model: jsonObject(text(row['model'])),
      version: number(row['version']), folder_uid: folderUid(row), created: time(row['created']), created_by: person(row['created_by']), updated: time(row['updated']),
      updated_by: person(row['updated_by']),
    }),
    annotation: (row) => ({
      org_id: number(row['org_id']), dashboard_uid: dashboardUid(row), panel_id: number(row['panel_id']), alert_id: number(row['alert_id']), alert_uid: ruleUids.get(number(row['alert_id'])) ?? '',
      user_id: person(row['user_id']), prev_state: text(row['prev_state']), new_state: text(row['new_state']), text: text(row['text']), tags: tagsText(text(row['tags'])),
      data: jsonOr('{}', text(row['data'])), epoch: number(row['epoch']), epoch_end: number(row['epoch_end']) || number(row['epoch']), created: number(row['created']), updated: number(row['updated']),
    }),
    star: (row) => ({
      org_id: number(row['org_id']) || (dashboardOrgs.get(number(row['dashboard_id'])) ?? 1), user_id: person(row['user_id']), dashboard_uid: dashboardUid(row), created: time(row['updated']),
    }),
    preferences: (row) => ({
      org_id: number(row['org_id']), user_id: person(row['user_id']), team_id: people.team(number(row['team_id'])), version: number(row['version']),
      home_dashboard_uid: dashboardUid(row, 'home_dashboard_uid', 'home_dashboard_id'), timezone: text(row['timezone']), week_start: text(row['week_start']), theme: text(row['theme']),
      json_data: jsonObject(text(row['json_data'])), created: time(row['created']), updated: time(row['updated']),
    }),
    short_url: (row) => ({
      org_id: number(row['org_id']), uid: text(row['uid']), path: text(row['path']), created_by: person(row['created_by']), created_at: time(row['created_at']), last_seen_at: time(row['last_seen_at']),
    }),
    async dashboard_snapshot(row) {
      const dashboard = await snapshotText(row);
      if (dashboard === undefined) return undefined;
      return {
        org_id: number(row['org_id']), name: text(row['name']), key: text(row['key']), delete_key: text(row['delete_key']), user_id: person(row['user_id']), external: flag(row['external']),
        external_url: text(row['external_url']), external_delete_url: text(row['external_delete_url']), dashboard, expires: time(row['expires']), created: time(row['created']),
        updated: time(row['updated']),
      };
    },
    dashboard_public: (row) => ({
      org_id: number(row['org_id']), uid: text(row['uid']), dashboard_uid: text(row['dashboard_uid']), access_token: text(row['access_token']),
      time_selection_enabled: flag(row['time_selection_enabled']), is_enabled: flag(row['is_enabled']), annotations_enabled: flag(row['annotations_enabled']), share: text(row['share']) || 'public',
      created_by: person(row['created_by']), created_at: time(row['created_at']), updated_by: person(row['updated_by']), updated_at: time(row['updated_at']),
    }),
    async query_history(row) {
      const uid = text(row['uid']);
      const stars = (await source.where('query_history_star', { query_uid: uid }, 'id')).filter((star) => number(star['org_id'] ?? row['org_id']) === number(row['org_id']));
      const details = await source.where('query_history_details', { query_history_item_uid: uid }, 'datasource_uid');
      return {
        org_id: number(row['org_id']), uid, datasource_uid: text(row['datasource_uid']), created_by: person(row['created_by']), created_at: number(row['created_at']),
        comment: text(row['comment']), queries: jsonOr('[]', text(row['queries'])), datasources: [...new Set(details.map((detail) => text(detail['datasource_uid'])))],
        starred_by: stars.map((star) => person(star['user_id'])),
      };
    },
    correlation: (row) => ({
      org_id: number(row['org_id']), uid: text(row['uid']), source_uid: text(row['source_uid']), target_uid: text(row['target_uid']) || null, label: text(row['label']),
      description: text(row['description']), config: jsonObject(text(row['config'])), provisioned: flag(row['provisioned']), type: text(row['type']) || 'query',
    }),
  };

  let unreadable = 0;
  async function snapshotText(row: ForeignRow): Promise<string | undefined> {
    const bytes = row['dashboard_encrypted'];
    if (!(bytes instanceof Uint8Array) || bytes.length === 0) return jsonObject(text(row['dashboard']));
    try {
      const stored = Buffer.from(bytes);
      const marked = readDataKey(stored);
      if (!marked) return (await decryptWith(secretKey, stored)).toString('utf8');
      return (await decryptWith(await dataKey(marked.keyId), marked.encrypted)).toString('utf8');
    } catch {
      if (++unreadable === 1) notes.push('snapshots cannot be decrypted: give the secret_key of the Grafana that they come from');
      return undefined;
    }
  }

  const dataKeys = new Map<string, Buffer>();
  async function dataKey(id: string): Promise<Buffer> {
    let key = dataKeys.get(id);
    if (!key) {
      const [row] = await source.where('data_keys', { name: id }, 'name');
      if (!row) throw new TransferError(`the data key ${id} is missing`);
      dataKeys.set(id, (key = await decryptWith(secretKey, Buffer.from(row['encrypted_data'] as Uint8Array))));
    }
    return key;
  }

  return {
    loginOf: people.loginOf, resources, rows,
    grants: () => grantRecords(source, people),
    notes: () => (broken.length > 0 ? [...notes, `${broken.length} versions are no JSON and were left: ${broken.slice(0, 10).join(', ')}${broken.length > 10 ? ', …' : ''}`] : notes),
    close: () => source.close(),
  };
}

async function* grantRecords(source: ForeignDatabase, people: People) {
  const roles: ForeignRow[] = [];
  for await (const row of source.rows('role', 'id')) if (text(row['name']).startsWith('managed:')) roles.push(row);
  const permissions: ForeignRow[] = [];
  for await (const row of source.rows('permission', 'id')) if (/^(?:dashboards|folders):uid:/.test(text(row['scope']))) permissions.push(row);
  yield* grantsIn(roles, permissions, people);
}

/** Undefined where the value is no JSON. */
function fromUnified({ group, resource }: ResourceType, row: ForeignRow): StoredResource | undefined {
  const value = text(row['value']);
  if (!isObject(parsed(value))) return undefined;
  const members = jsonMembers(value);
  const meta = objectOf(JSON.parse(memberText(value, members, 'metadata') ?? '{}'));
  const annotations = texts(meta['annotations']);
  const { [legacyIdLabel]: legacyId = '', ...labels } = texts(meta['labels']);
  const spec = memberText(value, members, 'spec') ?? '{}';
  const gone = number(row['action']) === deleted;
  const created = time(meta['creationTimestamp']);
  const deletionTimestamp = time(meta['deletionTimestamp']) || (gone ? Math.floor(number(row['resource_version']) / 1000) : 0);
  const createdBy = annotations['grafana.app/createdBy'] ?? '';
  const status = memberText(value, members, 'status') ?? '';
  return {
    group, resource, namespace: text(row['namespace']), name: text(row['name']), uid: textOf(meta['uid']), resourceVersion: 0,
    generation: gone ? deletedGeneration : Math.max(1, number(meta['generation'])), legacyId: /^\d{1,16}$/.test(legacyId) ? Number(legacyId) : 0,
    folder: annotations['grafana.app/folder'] ?? text(row['folder']), title: titleIn(spec), apiVersion: textOf(JSON.parse(memberText(value, members, 'apiVersion') ?? '""')).split('/').at(-1) ?? '',
    labels, annotations, created, updated: gone ? deletionTimestamp : Math.max(created, time(annotations['grafana.app/updatedTimestamp'])), createdBy,
    updatedBy: annotations['grafana.app/updatedBy'] ?? createdBy, deleted: gone, deletionTimestamp, spec, status: status === '{}' ? '' : status, finalizers: textsOf(meta['finalizers']),
    managedFields: meta['managedFields'] === undefined ? '' : JSON.stringify(meta['managedFields']),
    ownerReferences: meta['ownerReferences'] === undefined ? '' : JSON.stringify(meta['ownerReferences']), secure: '',
  };
}

type ClassicParts = Pick<StoredResource, 'name' | 'generation' | 'legacyId' | 'folder' | 'title' | 'apiVersion' | 'annotations' | 'created' | 'updated' | 'createdBy' | 'updatedBy' | 'spec'>;

function classicObject({ group, resource }: ResourceType, orgId: number, parts: ClassicParts): StoredResource {
  return {
    ...parts, title: parts.title.replaceAll('\0', ''), group, resource, namespace: namespaceOf(orgId), uid: classicUid(orgId, group, parts.name), resourceVersion: 0, labels: {},
    annotations: placed(parts.folder, parts.annotations), deleted: false, deletionTimestamp: 0, status: '', finalizers: [], managedFields: '', ownerReferences: '', secure: '',
  };
}

/** The old tables have no UUIDs: one is made that is the same at every import. */
function classicUid(orgId: number, group: string, name: string): string {
  const hex = createHash('sha256').update(`${orgId}/${group}/${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const placed = (folder: string, annotations: Readonly<Record<string, string>>) => (folder === '' ? annotations : { ...annotations, 'grafana.app/folder': folder });

function authorship(createdBy: string, updatedBy: string, updated: number, generation: number): Record<string, string> {
  return {
    'grafana.app/createdBy': createdBy,
    ...(generation > 1 ? { 'grafana.app/updatedBy': updatedBy, 'grafana.app/updatedTimestamp': new Date(updated).toISOString().replace(/\.\d+Z$/, 'Z') } : {}),
  };
}

function deletionOf(object: StoredResource, at: number): StoredResource {
  return { ...object, generation: deletedGeneration, deleted: true, deletionTimestamp: at, updated: at };
}

/** The dashboard as it is stored: without what its row says. */
function specIn(data: string, title: string): string {
  const value = parsed(data);
  // Of a text that is no dashboard the title is left, which has a column of its own.
  return isObject(value) ? editObject(data, jsonMembers(data), { id: null, uid: null, version: null }) : JSON.stringify({ title });
}

/** Very old rows have no uid; their number is one, as an upgrade of the other side would make it. */
const nameOf = (row: ForeignRow): string => text(row['uid']) || String(number(row['id'])).padStart(9, '0');

const titleIn = (spec: string): string => textOf(parsed(memberText(spec, jsonMembers(spec), 'title') ?? '""'));
const jsonObject = (json: string): string => (isObject(parsed(json)) ? json : '{}');
const jsonOr = (otherwise: string, json: string): string => (parsed(json) === undefined ? otherwise : json);
const tagsText = (json: string): string => JSON.stringify(textsOf(parsed(json)));

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}

function texts(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(objectOf(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

const number = (value: unknown): number => {
  const n = typeof value === 'boolean' ? Number(value) : Number(value ?? 0);
  return Number.isFinite(n) ? n : 0;
};
const flag = (value: unknown): boolean => value === true || number(value) !== 0;
const text = (value: unknown): string => (value === null || value === undefined ? '' : value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value));

/** Milliseconds: of numbers (seconds or milliseconds), of `2026-01-02 03:04:05` and of RFC 3339. 0 for none. */
function time(value: unknown): number {
  if (typeof value === 'number' || typeof value === 'bigint') return secondsOrMs(Number(value));
  const stamp = text(value).trim();
  if (stamp === '') return 0;
  if (/^\d+$/.test(stamp)) return secondsOrMs(Number(stamp));
  const [, date, clock = '00:00:00', zone = 'Z'] = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d(?:\.\d+)?))?\s*(Z|[+-]\d\d(?::?\d\d)?)?/.exec(stamp) ?? [];
  if (date === undefined) return 0;
  const offset = zone === 'Z' ? 'Z' : zone.replace(/^([+-]\d\d):?(\d\d)?$/, (_, hours: string, minutes = '00') => `${hours}:${minutes}`);
  const ms = Date.parse(`${date}T${clock.slice(0, 12)}${offset}`);
  // A year 1 is Go's way of saying never.
  return Number.isNaN(ms) || ms < 0 ? 0 : ms;
}

/** What no date can be is none. */
const secondsOrMs = (n: number): number => (n > 0 && n < 100_000_000_000 ? Math.floor(n * 1000) : n > 0 && n <= 8.64e15 ? Math.floor(n) : 0);
