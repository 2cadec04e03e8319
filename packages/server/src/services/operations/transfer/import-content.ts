/**
 * Writes what a source tells into our database, in one transaction: all of it, or nothing. People are found again by their login. At the
 * end everything is read back and compared with what was meant to be written, by count and checksum.
 */
import type { Clock } from '../../../infra/clock.ts';
import type { Database } from '../../../infra/db/database.ts';
import type { Secrets } from '../../../infra/secrets/secrets.ts';
import { createResourceRestorer } from '../../../storage/resource-restore.ts';
import type { ResourceKey, ResourceStore, StoredResource } from '../../../storage/resource-store.ts';
import { orgIdOf } from '../../../util/namespace.ts';
import type { Assignee } from '../../identity/accesscontrol/accesscontrol.ts';
import { createChecksum, partsOf, type Checksum } from './checksum.ts';
import { eraseRow, insertRows, readBack, rowFinder, type StoredRow } from './content-rows.ts';
import { allContentTables, type ContentTable } from './content-tables.ts';
import { grantsIn, peopleOf } from './people.ts';
import { isSoundObject, isSoundRow, soundGrant } from './soundness.ts';
import { TransferError, type ContentRow, type ContentSource, type Existing, type GrantRecord, type KindCount, type Person, type Team, type TransferReport } from './transfer.ts';

export interface ImportTarget {
  readonly db: Database;
  readonly clock: Pick<Clock, 'now'>;
  readonly secretsIn: (tx: Database) => Secrets;
  /** A resource store on a transaction, for reading back. */
  readonly storeIn: (tx: Database) => Pick<ResourceStore, 'get' | 'history'>;
  /** Replaces what the assignee is granted on the scope. */
  readonly grant: (tx: Database, orgId: number, assignee: Assignee, scope: string, actions: readonly string[]) => Promise<void>;
  /** Last step of the transaction: running servers are to forget what they remember of people and permissions. */
  readonly settle: (tx: Database) => Promise<void>;
}

export interface ImportOptions {
  readonly dryRun: boolean;
  readonly existing: Existing;
}

const conflictsShown = 10;
const namesShown = 60;
const everything = 1_000_000;
const batchRows = 200;
const batchCharacters = 1_048_576;

const familiar: Readonly<Record<string, string>> = {
  'dashboard.grafana.app/dashboards': 'dashboards', 'folder.grafana.app/folders': 'folders', 'playlist.grafana.app/playlists': 'playlists',
};
const kindOf = ({ group, resource }: Pick<ResourceKey, 'group' | 'resource'>) => familiar[`${group}/${resource}`] ?? `${resource}.${group}`;

interface Tally {
  found: number;
  written: number;
  skipped: number;
  left: number;
  readonly meant: Checksum;
  readonly stored: Checksum;
}

export async function importContent(target: ImportTarget, source: ContentSource, options: ImportOptions): Promise<TransferReport> {
  const { report } = await target.db.transaction((tx) => runImport({ ...target, db: tx }, source, options));
  return report;
}

async function runImport(target: ImportTarget, source: ContentSource, { dryRun, existing }: ImportOptions): Promise<{ report: TransferReport }> {
  const tx = target.db;
  const secrets = target.secretsIn(tx);
  const tallies = new Map<string, Tally>();
  const conflicts: string[] = [];
  const notes: string[] = [];
  const who = await peopleHere(tx);
  const missingOrgs = new Set<number>();
  const unsound: string[] = [];
  let ungranted = 0;
  const tally = (kind: string): Tally => {
    let found = tallies.get(kind);
    if (!found) tallies.set(kind, (found = { found: 0, written: 0, skipped: 0, left: 0, meant: createChecksum(), stored: createChecksum() }));
    return found;
  };
  /** Whether what is there already leaves room for it. */
  const mayWrite = (there: boolean, tallied: Tally, name: string): boolean => {
    if (!there || existing === 'replace') return true;
    tallied.skipped++;
    if (existing === 'refuse') conflicts.push(name);
    return false;
  };
  const inOrg = (orgId: number) => {
    if (!who.orgs.has(orgId)) missingOrgs.add(orgId);
  };

  // Objects.
  const restorer = createResourceRestorer(tx, target.clock.now());
  const written: ResourceKey[] = [];
  const scopes = new Set<string>();
  const author = (text: string): string => {
    const [, kind, uid = ''] = /^(user|service-account):(.+)$/.exec(text) ?? [];
    const login = kind && source.loginOf(uid);
    return login === undefined ? text : `${kind}:${who.uidOf(login) ?? uid}`;
  };
  for await (const { versions: told } of source.resources()) {
    const last = told.at(-1)!;
    const versions = told.filter(isSoundObject);
    const kind = kindOf(last);
    const tallied = tally(last.deleted ? `${kind} in the trash` : kind);
    tallied.found++;
    const bad = told.length - versions.length;
    if (bad > 0) unsound.push(`${kind} ${last.name.slice(0, namesShown)}`);
    if (versions.at(-1) !== last) {
      tallied.left++;
      continue;
    }
    inOrg(orgIdOf(last.namespace) ?? 1);
    const there = await restorer.exists(last);
    if (!mayWrite(there, tallied, `${kind} ${last.name}`)) continue;
    tallied.written++;
    if (versions.length > 1) {
      const older = tally(`older versions of ${kind}`);
      older.found += versions.length - 1;
      older.written += versions.length - 1;
    }
    if (!last.deleted) scopes.add(`${orgIdOf(last.namespace) ?? 1} ${kind}:uid:${last.name}`);
    if (dryRun) continue;
    if (there) await restorer.erase(last);
    const stored = await restorer.write(versions.map((version) => withAuthors(version, author)));
    stored.forEach((version, i) => (i === stored.length - 1 ? tallied : tally(`older versions of ${kind}`)).meant.add(partsOf(version)));
    written.push({ group: last.group, resource: last.resource, namespace: last.namespace, name: last.name });
  }
  await restorer.finish();

  // Rows.
  const writtenRows: { table: ContentTable; ids: readonly unknown[] }[] = [];
  for (const table of allContentTables) {
    const tallied = tally(table.label);
    const find = rowFinder(tx, table);
    const empty = (await tx.prepare(`select 1 from "${table.name}" limit 1`).first()) === undefined;
    let batch: StoredRow[] = [];
    let characters = 0;
    const flush = async () => {
      if (batch.length === 0) return;
      const ids = await insertRows(tx, table, batch, secrets);
      writtenRows.push({ table, ids });
      batch = [];
      characters = 0;
    };
    for await (const row of source.rows(table)) {
      tallied.found++;
      inOrg(row.org_id);
      const resolved = who.resolve(table, row);
      const sound = resolved && isSoundRow(table, resolved);
      if (sound === false) unsound.push(`${table.label} ${table.key.map((column) => String(resolved![column])).join(' ').slice(0, namesShown)}`);
      if (!resolved || !sound) {
        tallied.left++;
        continue;
      }
      const there = !empty && (await find(resolved));
      if (!mayWrite(there, tallied, `${table.label} ${table.key.map((column) => String(resolved[column])).join(' ').slice(0, namesShown)}`)) continue;
      tallied.written++;
      if (dryRun) continue;
      if (there) await eraseRow(tx, table, resolved);
      tallied.meant.add(rowParts(table, resolved));
      batch.push(resolved);
      characters += JSON.stringify(resolved).length;
      if (batch.length >= batchRows || characters >= batchCharacters) await flush();
    }
    await flush();
  }

  // Permissions go with the objects that they are on.
  const granted = tally('permissions');
  const grantedScopes = new Set<string>();
  for await (const told of source.grants()) {
    granted.found++;
    const grant = soundGrant(told);
    ungranted += told.actions.length - (grant?.actions.length ?? 0);
    if (!grant) {
      granted.left++;
      continue;
    }
    if (!scopes.has(`${grant.orgId} ${grant.scope}`)) {
      granted.skipped++;
      continue;
    }
    const assignee = who.assignee(grant);
    if (!assignee) {
      granted.left++;
      continue;
    }
    granted.written++;
    if (dryRun) continue;
    await target.grant(tx, grant.orgId, assignee, grant.scope, grant.actions);
    granted.meant.add(grantParts(grant.orgId, assignee, grant.scope, grant.actions));
    grantedScopes.add(`${grant.orgId} ${grant.scope} ${JSON.stringify(assignee)}`);
  }

  if (conflicts.length > 0) {
    const more = conflicts.length > conflictsShown ? ` and ${conflicts.length - conflictsShown} more` : '';
    throw new TransferError(`these are here already: ${conflicts.slice(0, conflictsShown).join(', ')}${more}. Nothing was written; say --existing skip or --existing replace`);
  }
  if (!dryRun) {
    await readBackObjects();
    for (const { table, ids } of writtenRows) for (const row of await readBack(tx, table, ids, secrets)) tally(table.label).stored.add(rowParts(table, row));
    await readBackGrants();
    for (const [kind, { meant, stored }] of tallies) {
      if (meant.count !== stored.count || meant.text() !== stored.text()) throw new TransferError(`${kind}: ${meant.count} were written and ${stored.count} read back, checksum ${meant.text()} and ${stored.text()}. Nothing was kept`);
    }
    await target.settle(tx);
  }
  if (who.unknown.size > 0) {
    notes.push(`${who.unknown.size} people of the source are unknown here (${[...who.unknown].slice(0, conflictsShown).join(', ')}${who.unknown.size > conflictsShown ? ', …' : ''}): what they made is kept, with their number where nobody here has it; their stars, preferences, query history and permissions are left`);
  }
  if (unsound.length > 0) notes.push(`${unsound.length} are broken and were left, or lost an older version: ${unsound.slice(0, conflictsShown).join(', ')}${unsound.length > conflictsShown ? ', …' : ''}`);
  if (ungranted > 0) notes.push(`${ungranted} permissions are none on dashboards or folders and were left`);
  if (missingOrgs.size > 0) notes.push(`organizations ${[...missingOrgs].sort((a, b) => a - b).join(', ')} are not here yet: their content shows once they are`);
  const kinds = [...tallies].filter(([, { found }]) => found > 0).map(([kind, { found, written: count, skipped, left, stored }]): KindCount => ({ kind, found, written: count, skipped, left, checksum: stored.text() }));
  return { report: { kinds, notes: [...source.notes(), ...notes] } };

  async function readBackObjects(): Promise<void> {
    const store = target.storeIn(tx);
    for (const key of written) {
      const versions = (await store.history(key, { limit: everything, includeDeleted: true })).toReversed();
      const last = versions.at(-1);
      const kind = kindOf(key);
      const current = await store.get(key);
      if (!last || (last.deleted ? current !== undefined : !current || JSON.stringify(partsOf(current)) !== JSON.stringify(partsOf(last)))) {
        throw new TransferError(`${kind} ${key.name} is not what was written. Nothing was kept`);
      }
      versions.forEach((version, i) => tally(i < versions.length - 1 ? `older versions of ${kind}` : last.deleted ? `${kind} in the trash` : kind).stored.add(partsOf(version)));
    }
  }

  async function readBackGrants(): Promise<void> {
    if (grantedScopes.size === 0) return;
    const stored = grantsIn(
      await tx.prepare("select id, org_id, name from role where name like 'managed:%'").all(),
      await tx.prepare("select role_id, action, scope from permission where scope like 'dashboards:uid:%' or scope like 'folders:uid:%'").all(),
      who.people,
    );
    for (const { orgId, assignee, scope, actions } of stored) {
      const plain: Assignee = assignee.kind === 'builtin' ? assignee : assignee.kind === 'user' ? { kind: 'user', id: assignee.user.id } : { kind: 'team', id: assignee.team.id };
      if (grantedScopes.has(`${orgId} ${scope} ${JSON.stringify(plain)}`)) granted.stored.add(grantParts(orgId, plain, scope, actions));
    }
  }
}

const rowParts = (table: ContentTable, row: StoredRow): readonly unknown[] => [row.org_id, ...Object.keys(table.columns).map((column) => row[column])];
const grantParts = (orgId: number, assignee: Assignee, scope: string, actions: readonly string[]) => [orgId, assignee, scope, [...actions].sort()];

function withAuthors(object: StoredResource, author: (text: string) => string): StoredResource {
  const annotations = { ...object.annotations };
  for (const name of ['grafana.app/createdBy', 'grafana.app/updatedBy']) if (annotations[name]) annotations[name] = author(annotations[name]);
  return { ...object, annotations, createdBy: author(object.createdBy), updatedBy: author(object.updatedBy), secure: '' };
}

/** Who of the source is who here. */
async function peopleHere(tx: Database) {
  const users = await tx.prepare<{ id: number; uid: string; login: string }>('select id, uid, login from "user"').all();
  const teams = await tx.prepare<{ id: number; org_id: number; name: string }>('select id, org_id, name from team').all();
  const orgs = new Set((await tx.prepare<{ id: number }>('select id from org').all()).map(({ id }) => Number(id)));
  const ids = new Set(users.map(({ id }) => Number(id)));
  const byLogin = new Map(users.map((user) => [user.login.toLowerCase(), user]));
  const teamIds = new Map(teams.map((team) => [`${team.org_id}/${team.name}`, Number(team.id)]));
  const unknown = new Set<string>();

  /** Undefined for somebody who is not here. */
  function userId({ id, login }: Person): number | undefined {
    if (login === '' && id === 0) return 0;
    const known = login === '' ? undefined : byLogin.get(login.toLowerCase());
    if (known) return Number(known.id);
    unknown.add(login || `number ${id}`);
    return undefined;
  }

  /** Says only who made something: the old number is kept where nobody here has it. */
  const makerId = (person: Person): number => userId(person) ?? (ids.has(person.id) ? 0 : person.id);

  const teamId = (orgId: number, { id, name }: Team): number | undefined => (id === 0 && name === '' ? 0 : teamIds.get(`${orgId}/${name}`));

  return {
    orgs, unknown,
    people: peopleOf(users, teams),
    uidOf: (login: string) => byLogin.get(login.toLowerCase())?.uid,
    /** The row with our ids; undefined where it means nothing without its person or team. */
    resolve(table: ContentTable, row: ContentRow): StoredRow | undefined {
      const out: Record<string, unknown> & { org_id: number } = { org_id: row.org_id };
      for (const [name, type] of Object.entries(table.columns)) {
        const value = row[name];
        switch (type) {
          case 'user': {
            const id = table.owner === name ? userId(value as Person) : makerId(value as Person);
            if (id === undefined) return undefined;
            out[name] = id;
            break;
          }
          case 'team': {
            const id = teamId(row.org_id, value as Team);
            if (id === undefined) return undefined;
            out[name] = id;
            break;
          }
          case 'users': out[name] = (value as Person[]).map(userId).filter((id) => id !== undefined).sort((a, b) => a - b); break;
          case 'list': out[name] = [...(value as string[])].sort(); break;
          // One of the databases cannot keep a NUL.
          case 'text': case 'json': out[name] = typeof value === 'string' && tx.name === 'postgres' ? value.replaceAll('\0', '') : (value ?? null); break;
          case 'boolean': out[name] = Boolean(value); break;
          default: out[name] = Number(value ?? 0);
        }
      }
      return out;
    },
    assignee({ orgId, assignee }: GrantRecord): Assignee | undefined {
      if (assignee.kind === 'builtin') return assignee;
      const id = assignee.kind === 'user' ? userId(assignee.user) : teamId(orgId, assignee.team);
      return id ? { kind: assignee.kind, id } : undefined;
    },
  };
}
