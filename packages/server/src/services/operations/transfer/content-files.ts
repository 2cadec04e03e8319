/**
 * Content as files: objects as YAML manifests, dashboards and folders in directories that follow the folder tree, everything else in lists.
 * Where a file lies is for people; what it holds says what it is.
 *
 *     content.yaml                      what this is, and the logins of authors
 *     default/                          an organization: `default`, `org-2` …
 *       content/folder.yaml … NAME/     dashboards and folders, a folder's own file inside its directory
 *       objects/GROUP/RESOURCE/         playlists and other kinds
 *       history/GROUP/RESOURCE/         older versions and the trash, where they were asked for
 *       annotations.yaml, stars.yaml …  rows, a thousand a file
 *       permissions.yaml
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { dashboardType, folderType } from '../../../storage/search/content-entry.ts';
import type { ResourceKey, StoredResource } from '../../../storage/resource-store.ts';
import { isObject, numberOf, objectOf, objectsOf, textOf, textsOf } from '../../../util/json-value.ts';
import { namespaceOf, orgIdOf } from '../../../util/namespace.ts';
import { allContentTables, type ContentTable } from './content-tables.ts';
import { TransferError, type ContentRow, type ContentSource, type GrantRecord, type Person, type ResourceRecord, type Team } from './transfer.ts';
import { fitsYaml, yamlText } from './yaml-text.ts';

const indexFile = 'content.yaml';
const formatVersion = 1;
const rowsPerFile = 1_000;
const legacyIdLabel = 'grafana.app/deprecatedInternalID';
/** Snapshots and shared dashboards are secrets to whoever does not know their keys. */
const fileMode = 0o600;

const kinds: Readonly<Record<string, string>> = { dashboards: 'Dashboard', folders: 'Folder', playlists: 'Playlist', 'user-storage': 'UserStorage' };

export interface WrittenFiles {
  readonly files: number;
  /** By kind, as in reports. */
  readonly counts: ReadonlyMap<string, number>;
}

/** The directory has to be empty, or not there yet; names that begin with a dot do not count. */
export async function writeContentFiles(source: ContentSource, dir: string): Promise<WrittenFiles> {
  await mkdir(dir, { recursive: true });
  if ((await readdir(dir)).some((name) => !name.startsWith('.'))) throw new TransferError(`${dir} is not empty`);
  const counts = new Map<string, number>();
  const users = new Map<string, string>();
  const placed: StoredResource[] = [];
  const folders = new Map<string, StoredResource>();
  const taken = new Set<string>();
  let files = 0;
  const count = (kind: string, n = 1) => void counts.set(kind, (counts.get(kind) ?? 0) + n);
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text, { mode: fileMode });
    files++;
  };
  const remember = (author: string) => {
    const uid = author.slice(author.indexOf(':') + 1);
    const login = source.loginOf(uid);
    if (login !== undefined) users.set(uid, login);
  };
  /** A path that no other file has, whatever the file system makes of capitals. */
  const free = (path: string): string => {
    let candidate = path;
    for (let n = 2; taken.has(candidate.toLowerCase()); n++) candidate = `${path}~${n}`;
    taken.add(candidate.toLowerCase());
    return candidate;
  };

  for await (const { versions } of source.resources()) {
    const last = versions.at(-1)!;
    for (const version of versions) for (const author of [version.createdBy, version.updatedBy]) remember(author);
    const older = last.deleted ? versions : versions.slice(0, -1);
    if (older.length > 0) await write(historyPath(last), older.map((version) => `---\n${manifest(version)}`).join(''));
    if (last.deleted) {
      count('in the trash');
      continue;
    }
    count(last.resource);
    if (older.length > 0) count('older versions', older.length);
    if (isFolder(last)) folders.set(`${last.namespace}/${last.name}`, last);
    if (isFolder(last) || isDashboard(last)) {
      // Where they lie is known once all folders are: their text waits on disk meanwhile, not in memory.
      placed.push({ ...last, spec: '', managedFields: '' });
      await write(waitingPath(last), manifest(last));
    } else await write(`${free(join(last.namespace, 'objects', safe(last.group), safe(last.resource), safe(last.name)))}.yaml`, manifest(last));
  }

  const directories = new Map<string, string>();
  const directoryOf = (namespace: string, folder: string, seen: readonly string[] = []): string => {
    const key = `${namespace}/${folder}`;
    const known = directories.get(key);
    if (known !== undefined) return known;
    const parent = folders.get(key)?.folder ?? '';
    const above = folder === '' || seen.includes(folder) ? join(namespace, 'content') : directoryOf(namespace, parent, [...seen, folder]);
    const path = folder === '' ? above : free(join(above, safe(folder)));
    directories.set(key, path);
    return path;
  };
  for (const object of placed) {
    const path = isFolder(object)
      ? join(directoryOf(object.namespace, object.name), 'folder.yaml')
      : `${free(join(directoryOf(object.namespace, object.folder), /^folder$/i.test(object.name) ? `${object.name}~` : safe(object.name)))}.yaml`;
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await rename(join(dir, waitingPath(object)), join(dir, path));
  }
  await rm(join(dir, waiting), { recursive: true, force: true });

  for (const table of allContentTables) {
    const lists = createLists(table.label, write);
    for await (const row of source.rows(table)) {
      await lists.add(row.org_id, rowItem(table, row));
      count(table.label);
    }
    await lists.end();
  }
  const permissions = createLists('permissions', write);
  for await (const grant of source.grants()) {
    await permissions.add(grant.orgId, grantItem(grant));
    count('permissions');
  }
  await permissions.end();
  await write(indexFile, yamlText({ format: formatVersion, users: Object.fromEntries([...users].sort(([a], [b]) => (a < b ? -1 : 1))) }));
  return { files, counts };
}

const waiting = '.waiting';
const waitingPath = (object: ResourceKey) => join(waiting, `${safe(object.namespace)} ${safe(object.resource)} ${hex(object.name)}`);
const isFolder = ({ group, resource }: ResourceKey) => group === folderType.group && resource === folderType.resource;
const isDashboard = ({ group, resource }: ResourceKey) => group === dashboardType.group && resource === dashboardType.resource;
/** One object, one path: readers find the history of an object by it. */
const historyPath = ({ namespace, group, resource, name }: ResourceKey) => join(namespace, 'history', safe(group), safe(resource), `${hex(name)}.yaml`);
/** Names are the clients' choice: what could mean something in a path is written as its code. */
const safe = (name: string) => name.replace(/[^A-Za-z0-9._-]|^\./g, (character) => `%${character.codePointAt(0)!.toString(16).padStart(2, '0')}`).slice(0, 120);
/** As `safe`, and capitals stay apart from small letters wherever they are stored. */
const hex = (name: string) => (/^[a-z0-9_-]{1,100}$/.test(name) ? name : `x-${Buffer.from(name).toString('hex')}`).slice(0, 240);

function createLists(label: string, write: (path: string, text: string) => Promise<void>) {
  const items = new Map<number, object[]>();
  const numbers = new Map<number, number>();
  const flush = async (orgId: number) => {
    const list = items.get(orgId) ?? [];
    if (list.length === 0) return;
    const number = (numbers.get(orgId) ?? 0) + 1;
    numbers.set(orgId, number);
    items.set(orgId, []);
    const namespace = orgNamespace(orgId);
    await write(join(namespace, `${label.replaceAll(' ', '-').toLowerCase()}${number === 1 ? '' : `-${number}`}.yaml`), yamlText({ apiVersion: 'belvedere/v1', kind: label, metadata: { namespace }, items: list }));
  };
  return {
    async add(orgId: number, item: object) {
      let list = items.get(orgId);
      if (!list) items.set(orgId, (list = []));
      list.push(item);
      if (list.length >= rowsPerFile) await flush(orgId);
    },
    async end() {
      for (const orgId of items.keys()) await flush(orgId);
    },
  };
}

/** Snapshots made in public mode belong to no organization. */
const orgNamespace = (orgId: number) => (orgId === 0 ? 'no-org' : namespaceOf(orgId));
const namespaceOrg = (namespace: string) => (namespace === 'no-org' ? 0 : (orgIdOf(namespace) ?? fail(`unknown organization: ${namespace}`)));

function fail(message: string): never {
  throw new TransferError(message);
}

/** JSON in a document: a block where it comes back exactly, else its text. */
const asYaml = (json: string): unknown => (fitsYaml(json) ? JSON.parse(json) : json);
const asJson = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function manifest(object: StoredResource): string {
  return yamlText({
    apiVersion: `${object.group}/${object.apiVersion}`,
    kind: kinds[object.resource] ?? object.resource,
    metadata: {
      name: object.name, namespace: object.namespace, uid: object.uid, generation: object.generation, creationTimestamp: new Date(object.created).toISOString(),
      ...(object.deletionTimestamp > 0 ? { deletionTimestamp: new Date(object.deletionTimestamp).toISOString() } : {}),
      labels: { ...object.labels, [legacyIdLabel]: String(object.legacyId) },
      annotations: object.annotations,
      ...(object.finalizers.length > 0 ? { finalizers: object.finalizers } : {}),
      ...(object.ownerReferences === '' ? {} : { ownerReferences: asYaml(object.ownerReferences) }),
      ...(object.managedFields === '' ? {} : { managedFields: asYaml(object.managedFields) }),
    },
    spec: asYaml(object.spec),
    ...(object.status === '' ? {} : { status: asYaml(object.status) }),
    // What the object's face does not show.
    stored: {
      resource: object.resource, title: object.title, created: object.created, updated: object.updated, createdBy: object.createdBy, updatedBy: object.updatedBy,
      ...(object.labels[legacyIdLabel] === undefined ? {} : { labelled: object.labels[legacyIdLabel] }), ...(object.deleted ? { deleted: true } : {}),
    },
  });
}

/** Manifests that were written by hand need no more than a name and a spec. */
function fromManifest(document: Record<string, unknown>, file: string): StoredResource {
  const meta = objectOf(document['metadata']);
  const stored = objectOf(document['stored']);
  const [group = '', apiVersion = ''] = textOf(document['apiVersion']).split('/');
  const kind = textOf(document['kind']);
  const resource = textOf(stored['resource']) || Object.entries(kinds).find(([, name]) => name === kind)?.[0] || `${kind.toLowerCase()}s`;
  const name = textOf(meta['name']);
  if (group === '' || apiVersion === '' || kind === '' || name === '' || document['spec'] === undefined) fail(`${file}: apiVersion, kind, metadata.name and spec are needed`);
  const created = numberOf(stored['created'], Date.parse(textOf(meta['creationTimestamp'])) || 0);
  const annotations = texts(meta['annotations']);
  const createdBy = textOf(stored['createdBy']) || (annotations['grafana.app/createdBy'] ?? '');
  const { [legacyIdLabel]: legacyId = '', ...labels } = texts(meta['labels']);
  const spec = asJson(document['spec']);
  return {
    group, resource, namespace: textOf(meta['namespace']) || 'default', name, uid: textOf(meta['uid']), resourceVersion: 0, generation: numberOf(meta['generation'], 1),
    legacyId: /^\d{1,16}$/.test(legacyId) ? Number(legacyId) : 0, folder: (annotations['grafana.app/folder'] ?? '').toWellFormed(),
    // Columns hold no halves of characters, which an annotation may.
    title: (typeof stored['title'] === 'string' ? stored['title'] : textOf(objectOf(document['spec'])['title'])).toWellFormed(), apiVersion,
    labels: typeof stored['labelled'] === 'string' ? { ...labels, [legacyIdLabel]: stored['labelled'] } : labels, annotations, created, updated: numberOf(stored['updated'], created),
    createdBy, updatedBy: textOf(stored['updatedBy']) || (annotations['grafana.app/updatedBy'] ?? createdBy), deleted: stored['deleted'] === true,
    deletionTimestamp: Date.parse(textOf(meta['deletionTimestamp'])) || 0, spec, status: document['status'] === undefined ? '' : asJson(document['status']),
    finalizers: textsOf(meta['finalizers']), managedFields: meta['managedFields'] === undefined ? '' : asJson(meta['managedFields']),
    ownerReferences: meta['ownerReferences'] === undefined ? '' : asJson(meta['ownerReferences']), secure: '',
  };
}

function texts(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(objectOf(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

const personItem = ({ id, login }: Person): unknown => login || id;
const teamItem = ({ id, name }: Team): unknown => name || id;
const personIn = (value: unknown): Person => (typeof value === 'string' ? { id: 0, login: value } : { id: numberOf(value, 0), login: '' });
const teamIn = (value: unknown): Team => (typeof value === 'string' ? { id: 0, name: value } : { id: numberOf(value, 0), name: '' });

function rowItem({ columns }: ContentTable, row: ContentRow): object {
  return Object.fromEntries(Object.entries(columns).map(([name, type]) => {
    const value = row[name];
    if (type === 'user') return [name, personItem(value as Person)];
    if (type === 'team') return [name, teamItem(value as Team)];
    if (type === 'users') return [name, (value as Person[]).map(personItem)];
    if (type === 'json' && typeof value === 'string') return [name, asYaml(value)];
    return [name, value];
  }));
}

function rowIn({ columns }: ContentTable, orgId: number, item: Record<string, unknown>): ContentRow {
  const out: Record<string, unknown> & { org_id: number } = { org_id: orgId };
  for (const [name, type] of Object.entries(columns)) {
    const value = item[name];
    switch (type) {
      case 'user': out[name] = personIn(value); break;
      case 'team': out[name] = teamIn(value); break;
      case 'users': out[name] = (Array.isArray(value) ? value : []).map(personIn); break;
      case 'list': out[name] = textsOf(value); break;
      case 'json': out[name] = value === undefined || value === null ? '' : asJson(value); break;
      case 'number': out[name] = numberOf(value, 0); break;
      case 'boolean': out[name] = value === true; break;
      default: out[name] = value === null ? null : textOf(value);
    }
  }
  return out;
}

function grantItem({ scope, assignee, actions }: GrantRecord): object {
  const whom = assignee.kind === 'builtin' ? { role: assignee.role } : assignee.kind === 'user' ? { user: personItem(assignee.user) } : { team: teamItem(assignee.team) };
  return { scope, ...whom, actions };
}

function grantIn(orgId: number, item: Record<string, unknown>): GrantRecord {
  const assignee: GrantRecord['assignee'] = typeof item['role'] === 'string' ? { kind: 'builtin', role: item['role'] }
    : item['team'] === undefined ? { kind: 'user', user: personIn(item['user']) } : { kind: 'team', team: teamIn(item['team']) };
  return { orgId, scope: textOf(item['scope']), assignee, actions: textsOf(item['actions']) };
}

/** Reads what `writeContentFiles` wrote, or what people wrote in its manner. */
export async function readContentFiles(dir: string): Promise<ContentSource> {
  const { parse, parseAllDocuments } = await import('yaml');
  const options = { uniqueKeys: false, maxAliasCount: 0 } as const;
  const text = await readFile(join(dir, indexFile), 'utf8').catch(() => fail(`${dir} has no ${indexFile}: this is not exported content`));
  const index = objectOf(parse(text, options));
  if (index['format'] !== formatVersion) fail(`${indexFile}: format ${String(index['format'])} is not known`);
  const users = texts(index['users']);
  const ignored: string[] = [];

  async function documents(path: string): Promise<Record<string, unknown>[]> {
    const found = parseAllDocuments(await readFile(join(dir, path), 'utf8'), options);
    if (!Array.isArray(found)) return [];
    return found.map((document) => {
      if (document.errors.length > 0) fail(`${path}: ${document.errors[0]!.message}`);
      const value: unknown = document.toJS({ maxAliasCount: 0 });
      return isObject(value) ? value : fail(`${path}: not a mapping`);
    });
  }

  async function* lists(label: string): AsyncIterable<{ orgId: number; items: Record<string, unknown>[] }> {
    for (const namespace of await namespaces()) {
      const names = (await readdir(join(dir, namespace))).filter((name) => name.endsWith('.yaml'));
      for (const name of names.sort(byNumber)) {
        const stem = label.replaceAll(' ', '-').toLowerCase();
        if (name !== `${stem}.yaml` && !(name.startsWith(`${stem}-`) && /^\d+\.yaml$/.test(name.slice(stem.length + 1)))) continue;
        for (const document of await documents(join(namespace, name))) yield { orgId: namespaceOrg(namespace), items: objectsOf(document['items']) };
      }
    }
  }

  async function namespaces(): Promise<string[]> {
    const entries = await readdir(dir, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name).sort();
  }

  return {
    loginOf: (uid) => (Object.hasOwn(users, uid) ? users[uid] : undefined),
    async *resources() {
      const joined = new Set<string>();
      for (const namespace of await namespaces()) {
        for (const part of ['content', 'objects']) {
          for await (const path of yamlFiles(dir, join(namespace, part))) {
            for (const document of await documents(path)) {
              const object = fromManifest(document, path);
              if (object.namespace !== namespace) fail(`${path}: metadata.namespace is ${object.namespace}`);
              const history = historyPath(object);
              const older = await readFile(join(dir, history)).then(() => documents(history), () => []);
              if (older.length > 0) joined.add(history);
              yield { versions: [...older.map((version) => fromManifest(version, history)), object] };
            }
          }
        }
        for await (const path of yamlFiles(dir, join(namespace, 'history'))) {
          if (joined.has(path)) continue;
          const versions = (await documents(path)).map((document) => fromManifest(document, path));
          if (versions.at(-1)?.deleted) yield { versions } satisfies ResourceRecord;
          else ignored.push(path);
        }
      }
    },
    async *rows(table) {
      for await (const { orgId, items } of lists(table.label)) for (const item of items) yield rowIn(table, orgId, item);
    },
    async *grants() {
      for await (const { orgId, items } of lists('permissions')) for (const item of items) yield grantIn(orgId, item);
    },
    notes: () => (ignored.length > 0 ? [`history without its object was left: ${ignored.slice(0, 10).join(', ')}`] : []),
    close: async () => {},
  };
}

const byNumber = (a: string, b: string) => (/-(\d+)\.yaml$/.test(a) ? Number(/-(\d+)\.yaml$/.exec(a)![1]) : 1) - (/-(\d+)\.yaml$/.test(b) ? Number(/-(\d+)\.yaml$/.exec(b)![1]) : 1) || (a < b ? -1 : 1);

/** All manifests below a directory, parents before what is in them. */
async function* yamlFiles(root: string, path: string): AsyncIterable<string> {
  const entries = await readdir(join(root, path), { withFileTypes: true }).catch(() => []);
  const rank = (name: string) => (name === 'folder.yaml' ? 0 : 1);
  for (const entry of entries.sort((a, b) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1))) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) yield* yamlFiles(root, inner);
    else if (/\.ya?ml$/.test(entry.name)) yield inner;
  }
}
