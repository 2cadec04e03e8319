import { contains } from '../../../infra/db/contains.ts';
import type { Clock } from '../../../infra/clock.ts';
import type { Database } from '../../../infra/db/database.ts';
import { upsert } from '../../../infra/db/upsert.ts';
import type { Logger } from '../../../infra/log/log.ts';
import { AuthFailure } from '../authn/auth-failure.ts';
import { userErrors } from '../users/user.ts';
import type { AnonymousDevice, AnonymousDevices } from './anonymous.ts';

interface Tables {
  anon_device: { id: number; device_id: string; client_ip: string; user_agent: string; created_at: number; updated_at: number };
}

const dayMs = 86_400_000;
const shownMs = 30 * dayMs;
const keptMs = 61 * dayMs;
const rememberedMs = 600_000;
const rememberedMax = 10_000;

export function createAnonymousDevices({ db, clock, log, limit }: { db: Database; clock: Clock; log: Logger; limit: number }): AnonymousDevices {
  const rows = () => db.tables<Tables>();
  const recent = () => rows().selectFrom('anon_device').where('updated_at', '>', clock.now() - shownMs);
  /** Devices written a while ago need no write now. */
  const remembered = new Map<string, number>();
  const count = async () => Number((await recent().select((eb) => eb.fn.countAll<number>().as('n')).executeTakeFirstOrThrow()).n);

  async function write(deviceId: string, ip: string, userAgent: string): Promise<void> {
    const now = clock.now();
    if (limit > 0 && (await count()) >= limit) {
      const known = await recent().select('id').where('device_id', '=', deviceId).executeTakeFirst();
      if (!known) throw new AuthFailure(401, 'anonymous.device-limit-reached', 'Anonymous device limit reached. Contact Administrator');
    }
    await upsert(db, 'anon_device', {
      device_id: deviceId, client_ip: ip, user_agent: userAgent.slice(0, 255), created_at: now, updated_at: now,
    }, ['device_id'], ['client_ip', 'user_agent', 'updated_at']);
  }

  return {
    async tag(given, ip, userAgent) {
      const deviceId = given.slice(0, 127);
      const now = clock.now();
      if (now - (remembered.get(deviceId) ?? 0) < rememberedMs) return;
      try {
        await write(deviceId, ip, userAgent);
      } catch (error) {
        if (error instanceof AuthFailure) throw error;
        log.warn('Failed to tag anonymous session', { error });
      }
      if (remembered.size >= rememberedMax) remembered.clear();
      remembered.set(deviceId, now);
    },
    async remove(deviceId) {
      remembered.delete(deviceId);
      await rows().deleteFrom('anon_device').where('device_id', '=', deviceId.slice(0, 127)).execute();
    },
    list: async () => (await recent().selectAll().orderBy('updated_at', 'desc').execute()).map(toDevice),
    async search({ query, page, perPage, sort }) {
      // Compat: the total counts every device, whatever was searched for.
      const total = await count();
      let matching = recent();
      if (query !== '') matching = matching.where((eb) => eb.or([contains('client_ip', query), contains('user_agent', query)]));
      let ordered = matching.selectAll();
      for (const [column, direction] of parseDeviceSort(sort)) ordered = ordered.orderBy(column, direction);
      const found = await ordered.limit(perPage).offset((page - 1) * perPage).execute();
      return { total, devices: found.map(toDevice) };
    },
    count,
    async tidy() {
      await rows().deleteFrom('anon_device').where('updated_at', '<', clock.now() - keptMs).execute();
    },
  };
}

function parseDeviceSort(text: string): readonly (readonly ['user_agent' | 'updated_at', 'asc' | 'desc'])[] {
  if (text === '') return [['updated_at', 'desc']];
  return text.split(',').map((part) => {
    const match = /^(userAgent|updatedAt)-(asc|desc)$/.exec(part);
    if (!match) throw userErrors.unknownSort();
    return [match[1] === 'userAgent' ? 'user_agent' : 'updated_at', match[2] as 'asc' | 'desc'] as const;
  });
}

const toDevice = (row: Tables['anon_device']): AnonymousDevice =>
  ({ deviceId: row.device_id, clientIp: row.client_ip, userAgent: row.user_agent, createdAt: Number(row.created_at), updatedAt: Number(row.updated_at) });
