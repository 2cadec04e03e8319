/**
 * Search servers that share the work (apiserver-and-storage §9.1, sharding). Who they are is in a table of the database that they share anyway, and
 * not gossiped: a server says every few seconds that it is there, and is forgotten when it does not. A namespace belongs to those whose tokens
 * follow its hash on the ring.
 */
import type { Clock } from '../infra/clock.ts';
import { columns } from '../infra/db/columns.ts';
import type { Database, Migration } from '../infra/db/database.ts';
import { upsert } from '../infra/db/upsert.ts';
import type { Logger } from '../infra/log/log.ts';
import type { BackgroundService } from '../registry/background-service.ts';

export const searchRingMigrations: readonly Migration[] = [
  {
    id: 'search-ring-0001-members',
    async up(db, name) {
      const t = columns(name);
      await db.schema.createTable('search_server')
        .addColumn('name', t.varchar(190), (c) => c.notNull().primaryKey())
        .addColumn('address', t.varchar(255), (c) => c.notNull())
        .addColumn('state', t.varchar(16), (c) => c.notNull())
        .addColumn('registered_at', t.datetime, (c) => c.notNull())
        .addColumn('seen_at', t.datetime, (c) => c.notNull())
        .execute();
    },
  },
];

export type MemberState = 'ACTIVE' | 'LEAVING';

export interface RingMember {
  readonly name: string;
  /** Of its gRPC server. */
  readonly address: string;
  readonly state: MemberState;
  /** Milliseconds since the epoch. */
  readonly registered: number;
  readonly seen: number;
}

export interface SearchRing {
  /** Those that were heard of lately, by name. */
  members(): Promise<readonly RingMember[]>;
  /** Active members in the order in which a namespace is theirs, as many as hold it. */
  ownersOf(namespace: string): Promise<readonly RingMember[]>;
}

const beatMs = 5_000;
/** Silence after which a member is not counted. */
export const forgottenMs = 60_000;
/** So that shares are about equal. */
const tokensPerMember = 128;

interface Row {
  readonly name: string;
  readonly address: string;
  readonly state: MemberState;
  readonly registered_at: number;
  readonly seen_at: number;
}

/** FNV-1a, 32 bits. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** The first `count` members whose tokens follow the hash, going round. */
export function placesOf(hash: number, names: readonly string[], count: number): readonly string[] {
  const tokens = names.flatMap((name) => Array.from({ length: tokensPerMember }, (_, i) => ({ token: hashOf(`${name}/${i}`), name }))).sort((a, b) => a.token - b.token || (a.name < b.name ? -1 : 1));
  const first = tokens.findIndex(({ token }) => token >= hash);
  const found = new Set<string>();
  for (let i = 0; i < tokens.length && found.size < count; i++) found.add(tokens[(Math.max(first, 0) + i) % tokens.length]!.name);
  return [...found];
}

export function createSearchRing({ db, clock, replicationFactor }: { readonly db: Database; readonly clock: Pick<Clock, 'now'>; readonly replicationFactor: number }): SearchRing {
  const all = db.prepare<Row>('select name, address, state, registered_at, seen_at from search_server where seen_at > ? order by name');
  const members = async (): Promise<readonly RingMember[]> =>
    (await all.all(clock.now() - forgottenMs)).map(({ name, address, state, registered_at, seen_at }) => ({ name, address, state, registered: Number(registered_at), seen: Number(seen_at) }));
  return {
    members,
    async ownersOf(namespace) {
      const active = (await members()).filter(({ state }) => state === 'ACTIVE');
      const byName = new Map(active.map((member) => [member.name, member]));
      return placesOf(hashOf(namespace), [...byName.keys()], replicationFactor).map((name) => byName.get(name)!);
    },
  };
}

export interface Membership extends BackgroundService {
  /** Nobody is sent here any more, and the row goes when the process does. */
  prepareDownscale(prepared: boolean): Promise<void>;
  readonly prepared: boolean;
  /** At the end: a server that comes back keeps its place, one that was prepared leaves it. */
  leave(): Promise<void>;
}

export function createMembership({ db, clock, log, name, address }: { readonly db: Database; readonly clock: Clock; readonly log: Logger; readonly name: string; readonly address: string }): Membership {
  const registered = clock.now();
  let prepared = false;
  const say = () => upsert(db, 'search_server', { name, address, state: prepared ? 'LEAVING' : 'ACTIVE', registered_at: registered, seen_at: clock.now() }, ['name'], ['address', 'state', 'seen_at']);
  return {
    name: 'search ring',
    async run(signal) {
      while (!signal.aborted) {
        await say().catch((error: unknown) => log.warn('The search servers could not be told that this one is there', { error }));
        await clock.sleep(beatMs, signal).catch(() => {});
      }
    },
    async prepareDownscale(wanted) {
      prepared = wanted;
      await say();
    },
    get prepared() {
      return prepared;
    },
    async leave() {
      if (prepared) await db.prepare('delete from search_server where name = ?').run(name);
    },
  };
}
