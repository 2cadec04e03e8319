/**
 * Rules shared out over the instances that use one database (DESIGN.md, "Scale"). Groups fall into a fixed number of shards; who evaluates a shard
 * holds its lease, a row with a fencing number that grows whenever the shard changes hands. Which instance should hold which shard follows from
 * who is alive: nobody elects anybody.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../../infra/clock.ts';
import { columns } from '../../../infra/db/columns.ts';
import type { Database, Migration } from '../../../infra/db/database.ts';
import { isUniqueViolation } from '../../../infra/db/database-errors.ts';
import { upsert } from '../../../infra/db/upsert.ts';
import type { AlertRule } from '../rules/alert-rule.ts';

/** Which rules this process evaluates. */
export interface ShardOwner {
  owns(rule: Pick<AlertRule, 'orgId' | 'folderUid' | 'group'>): boolean;
  /** Another number whenever `owns` may answer otherwise than before. */
  readonly epoch: number;
  /** Before every tick: keeps leases, takes free ones, lets go of those that another instance should have. Rejects when the database does not answer. */
  renew(): Promise<void>;
  /** At the end: others need not wait for the leases to run out. */
  release(): Promise<void>;
}

export const shardMigrations: readonly Migration[] = [
  {
    id: 'alerting-0004-shards',
    async up(db, name) {
      const t = columns(name);
      await db.schema.createTable('alert_rule_shard')
        .addColumn('shard', t.int, (c) => c.notNull().primaryKey())
        .addColumn('owner', t.varchar(190), (c) => c.notNull())
        .addColumn('fence', t.bigint, (c) => c.notNull())
        .addColumn('expires_at', t.datetime, (c) => c.notNull())
        .execute();
      await db.schema.createTable('alert_scheduler')
        .addColumn('name', t.varchar(190), (c) => c.notNull().primaryKey())
        .addColumn('seen_at', t.datetime, (c) => c.notNull())
        .execute();
    },
  },
];

interface Tables {
  alert_rule_shard: { shard: number; owner: string; fence: number; expires_at: number };
  alert_scheduler: { name: string; seen_at: number };
}

export const shardCount = 64;
/** Two ticks may fail before others take over. */
export const leaseMs = 25_000;

const number = (text: string) => createHash('sha1').update(text).digest().readUInt32BE(0);

export const shardOf = ({ orgId, folderUid, group }: Pick<AlertRule, 'orgId' | 'folderUid' | 'group'>) => number(JSON.stringify([orgId, folderUid, group])) % shardCount;

/** The same for everybody who knows the same members; one that comes or goes moves only its own share. */
export function bestMember(shard: number, members: readonly string[]): string | undefined {
  let best: string | undefined;
  let most = -1;
  for (const member of members) {
    const weight = number(`${member}/${shard}`);
    if (weight > most || (weight === most && member < best!)) [best, most] = [member, weight];
  }
  return best;
}

export interface ShardLeasesDeps {
  readonly db: Database;
  readonly clock: Pick<Clock, 'now'>;
  /** Of this instance; the same after a restart, so that it finds its own leases. */
  readonly name: string;
  /** States are in the database before another instance may read them. */
  readonly beforeRelease: () => Promise<void>;
}

export function createShardLeases({ db, clock, name, beforeRelease }: ShardLeasesDeps): ShardOwner {
  const rows = () => db.tables<Tables>();
  let held: ReadonlySet<number> = new Set();
  let until = 0;
  let epoch = 0;

  const hold = (shards: ReadonlySet<number>) => {
    if (shards.size !== held.size || [...shards].some((shard) => !held.has(shard))) epoch++;
    held = shards;
  };

  async function take(shard: number, fence: number | undefined, expires: number): Promise<boolean> {
    if (fence === undefined) {
      try {
        await rows().insertInto('alert_rule_shard').values({ shard, owner: name, fence: 1, expires_at: expires }).execute();
        return true;
      } catch (error) {
        if (isUniqueViolation(error)) return false;
        throw error;
      }
    }
    const { numUpdatedRows } = await rows().updateTable('alert_rule_shard').set({ owner: name, fence: fence + 1, expires_at: expires }).where('shard', '=', shard).where('fence', '=', fence).executeTakeFirst();
    return Number(numUpdatedRows) === 1;
  }

  return {
    get epoch() {
      return epoch;
    },
    owns: (rule) => clock.now() < until && held.has(shardOf(rule)),

    async renew() {
      const now = clock.now();
      const expires = now + leaseMs;
      await upsert(db, 'alert_scheduler', { name, seen_at: now }, ['name']);
      const members = (await rows().selectFrom('alert_scheduler').select('name').where('seen_at', '>', now - leaseMs).execute()).map((row) => row.name).sort();
      const leases = new Map((await rows().selectFrom('alert_rule_shard').selectAll().execute()).map((row) => [row.shard, row]));
      const wanted = new Set(Array.from({ length: shardCount }, (_, shard) => shard).filter((shard) => bestMember(shard, members) === name));
      const own = [...leases.values()].filter((lease) => lease.owner === name).map((lease) => lease.shard);
      const surplus = own.filter((shard) => !wanted.has(shard));
      const kept = own.filter((shard) => wanted.has(shard));
      const next = new Set<number>();
      if (kept.length > 0) {
        const { numUpdatedRows } = await rows().updateTable('alert_rule_shard').set({ expires_at: expires }).where('owner', '=', name).where('shard', 'in', kept).executeTakeFirst();
        const all = Number(numUpdatedRows) === kept.length;
        const still = all ? kept : (await rows().selectFrom('alert_rule_shard').select('shard').where('owner', '=', name).where('shard', 'in', kept).execute()).map((row) => row.shard);
        for (const shard of still) next.add(shard);
      }
      for (const shard of wanted) {
        const lease = leases.get(shard);
        if (lease?.owner === name || (lease && lease.expires_at > now)) continue;
        if (await take(shard, lease?.fence, expires)) next.add(shard);
      }
      hold(next);
      until = expires;
      if (surplus.length > 0) {
        await beforeRelease();
        await rows().updateTable('alert_rule_shard').set({ expires_at: 0 }).where('owner', '=', name).where('shard', 'in', surplus).execute();
      }
    },

    async release() {
      hold(new Set());
      until = 0;
      await rows().updateTable('alert_rule_shard').set({ expires_at: 0 }).where('owner', '=', name).execute();
      await rows().deleteFrom('alert_scheduler').where('name', '=', name).execute();
    },
  };
}
