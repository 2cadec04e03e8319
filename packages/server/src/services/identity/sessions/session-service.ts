import { createHmac, hash as sha256, randomBytes } from 'node:crypto';
import type { Clock } from '../../../infra/clock.ts';
import type { Database } from '../../../infra/db/database.ts';
import type { IdentitySettings } from '../../../setting/identity-settings.ts';
import { epochColumn, type IdentityEpoch } from '../identity-epoch.ts';
import type { Rotation, Session, SessionClient, SessionLookup, SessionService } from './session.ts';

interface Tables {
  user_auth_token: Row;
  user_external_session: { id: number; created_at: number };
}
interface Row {
  id: number; user_id: number; auth_token: string; prev_auth_token: string; user_agent: string; client_ip: string; auth_token_seen: boolean;
  seen_at: number; rotated_at: number; created_at: number; updated_at: number; revoked_at: number; external_session_id: number;
}

/** How long a row that was found stays good without asking again: the most that another process's revocation is late here. */
const rememberedMs = 1000;
const rememberedMax = 50_000;
const rotationPauseSeconds = 5;
const unseenSeconds = 60;

export interface SessionServiceDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly epoch: Pick<IdentityEpoch, 'observe'>;
  readonly secretKey: string;
  readonly settings: Pick<IdentitySettings, 'loginMaxInactiveSeconds' | 'loginMaxLifetimeSeconds' | 'tokenRotationSeconds'>;
}

export function createSessionService({ db, clock, epoch, secretKey, settings }: SessionServiceDeps): SessionService {
  const find = db.prepare<Row & { epoch_value: number }>(`select t.*, ${epochColumn} from user_auth_token t where t.auth_token = ? or t.prev_auth_token = ?`);
  const remembered = new Map<string, { row: Row; at: number }>();
  /** Concurrent rotations of one token share a result. */
  const rotating = new Map<string, Promise<Rotation>>();
  const rows = () => db.tables<Tables>().selectFrom('user_auth_token');
  const seconds = () => Math.floor(clock.now() / 1000);
  const hashOf = (token: string) => sha256('sha256', token + secretKey, 'hex');

  /**
   * The token that follows one whose hash is `before`. It can be worked out again, so whoever still holds the one before gets the same
   * successor, in every process: parallel tabs never rotate each other out.
   */
  const successor = (sessionId: number, before: string) =>
    createHmac('sha256', secretKey).update(`session/${sessionId}/${before}`).digest('hex').slice(0, 32);

  const forget = (matches: (row: Row) => boolean) => {
    for (const [hash, { row }] of remembered) if (matches(row)) remembered.delete(hash);
  };

  function judge(row: Row, hash: string): SessionLookup {
    const now = seconds();
    if (Number(row.revoked_at) > 0) return { kind: 'revoked' };
    if (Number(row.created_at) + settings.loginMaxLifetimeSeconds <= now || Number(row.rotated_at) + settings.loginMaxInactiveSeconds <= now) return { kind: 'expired' };
    const session = toSession(row);
    const replaced = row.auth_token !== hash;
    const age = now - session.rotatedAt;
    const due = (replaced && session.seen) || (session.seen ? age >= settings.tokenRotationSeconds : age >= unseenSeconds);
    return { kind: due ? 'needs-rotation' : 'valid', session };
  }

  async function read(hash: string): Promise<Row | undefined> {
    const row = await find.first(hash, hash);
    if (!row) {
      remembered.delete(hash);
      return undefined;
    }
    epoch.observe(Number(row.epoch_value));
    let current = row;
    if (row.auth_token === hash && !row.auth_token_seen) {
      const now = seconds();
      await db.tables<Tables>().updateTable('user_auth_token').set({ auth_token_seen: true, seen_at: now })
        .where('id', '=', row.id).where('auth_token', '=', hash).execute();
      current = { ...row, auth_token_seen: true, seen_at: now };
      forget((other) => other.id === row.id);
    }
    if (remembered.size >= rememberedMax) remembered.clear();
    remembered.set(hash, { row: current, at: clock.now() });
    return current;
  }

  async function rotateHash(hash: string, client: SessionClient): Promise<Rotation> {
    const row = await find.first(hash, hash);
    if (!row) return { kind: 'unknown' };
    const found = judge(row, hash);
    if (found.kind !== 'valid' && found.kind !== 'needs-rotation') return { kind: found.kind as 'unknown' | 'revoked' | 'expired' };
    const { session } = found;
    const now = seconds();
    const age = now - session.rotatedAt;
    if (row.auth_token !== hash && age < settings.tokenRotationSeconds) {
      // Somebody else was first: the same successor for all.
      const token = successor(session.id, row.prev_auth_token);
      return hashOf(token) === row.auth_token ? { kind: 'rotated', session, token } : { kind: 'rotated', session };
    }
    if (age < rotationPauseSeconds) return { kind: 'rotated', session };
    const token = successor(session.id, row.auth_token);
    const changed = await db.tables<Tables>().updateTable('user_auth_token').set({
      prev_auth_token: row.auth_token, auth_token: hashOf(token), auth_token_seen: false, seen_at: 0, rotated_at: now, updated_at: now,
      user_agent: client.userAgent.slice(0, 255), client_ip: client.ip,
    }).where('id', '=', session.id).where('auth_token', '=', row.auth_token).executeTakeFirst();
    forget((other) => other.id === row.id);
    // Another process was faster by a hair; it made the very same token.
    if (Number(changed.numUpdatedRows) === 0) return (await find.first(hash, hash)) ? { kind: 'rotated', session, token } : { kind: 'unknown' };
    return { kind: 'rotated', session: { ...session, rotatedAt: now, seen: false, seenAt: 0 }, token };
  }

  const alive = (now: number) => rows().selectAll().where('revoked_at', '=', 0)
    .where('created_at', '>', now - settings.loginMaxLifetimeSeconds).where('rotated_at', '>', now - settings.loginMaxInactiveSeconds);

  return {
    async create(userId, client, externalSessionId = 0) {
      const token = randomBytes(16).toString('hex');
      const hash = hashOf(token);
      const now = seconds();
      const row = {
        user_id: userId, auth_token: hash, prev_auth_token: hash, user_agent: client.userAgent.slice(0, 255), client_ip: client.ip, auth_token_seen: false,
        seen_at: 0, rotated_at: now, created_at: now, updated_at: now, revoked_at: 0, external_session_id: externalSessionId,
      };
      const id = await db.insertReturningId('user_auth_token', row);
      return { token, session: toSession({ id, ...row }) };
    },
    lookup(token) {
      const hash = hashOf(token);
      const known = remembered.get(hash);
      if (known && clock.now() - known.at < rememberedMs) return judge(known.row, hash);
      return read(hash).then((row): SessionLookup => (row ? judge(row, hash) : { kind: 'unknown' }));
    },
    rotate(token, client) {
      const hash = hashOf(token);
      const under = rotating.get(hash);
      if (under) return under;
      const rotation = rotateHash(hash, client).finally(() => rotating.delete(hash));
      rotating.set(hash, rotation);
      return rotation;
    },
    list: async (userId) => (await alive(seconds()).where('user_id', '=', userId).orderBy('id').execute()).map(toSession),
    async get(userId, sessionId) {
      const row = await rows().selectAll().where('user_id', '=', userId).where('id', '=', sessionId).executeTakeFirst();
      return row && toSession(row);
    },
    async revoke(sessionId) {
      const { numDeletedRows } = await db.tables<Tables>().deleteFrom('user_auth_token').where('id', '=', sessionId).executeTakeFirst();
      forget((row) => Number(row.id) === sessionId);
      return Number(numDeletedRows) > 0;
    },
    async revokeAll(userId) {
      await db.tables<Tables>().deleteFrom('user_auth_token').where('user_id', '=', userId).execute();
      forget((row) => Number(row.user_id) === userId);
    },
    async count() {
      const now = seconds();
      const { n } = await rows().select((eb) => eb.fn.countAll<number>().as('n')).where('revoked_at', '=', 0)
        .where('created_at', '>', now - settings.loginMaxLifetimeSeconds).where('rotated_at', '>', now - settings.loginMaxInactiveSeconds).executeTakeFirstOrThrow();
      return Number(n);
    },
    async tidy() {
      const now = seconds();
      remembered.clear();
      const tables = db.tables<Tables>();
      await tables.deleteFrom('user_auth_token').where((eb) => eb.or([
        eb('created_at', '<=', now - settings.loginMaxLifetimeSeconds), eb('rotated_at', '<=', now - settings.loginMaxInactiveSeconds),
      ])).execute();
      // One that is a moment old may wait for its session still.
      await tables.deleteFrom('user_external_session').where('created_at', '<', clock.now() - 60_000)
        .where('id', 'not in', tables.selectFrom('user_auth_token').select('external_session_id')).execute();
    },
  };
}

const toSession = (row: Row): Session => ({
  id: Number(row.id), userId: Number(row.user_id), userAgent: row.user_agent, clientIp: row.client_ip, seen: Boolean(row.auth_token_seen),
  seenAt: Number(row.seen_at), rotatedAt: Number(row.rotated_at), createdAt: Number(row.created_at), revokedAt: Number(row.revoked_at),
  externalSessionId: Number(row.external_session_id),
});
