import { createHash } from 'node:crypto';
import { Type } from '../../../web/schema.ts';
import type { Clock } from '../../../infra/clock.ts';
import { permission } from '../../../web/access.ts';
import type { Routes } from '../../../web/route.ts';
import { ageText, rfc3339, zeroTime, type Avatars } from '../users/presentation.ts';
import type { AnonymousDevices } from './anonymous.ts';

const Search = Type.Object({ query: Type.String(), page: Type.Integer(), perpage: Type.Integer(), sort: Type.String() });

/** identity-and-access §3.11 */
export function anonymousRoutes(routes: Routes, { devices, avatars, clock }: { devices: AnonymousDevices; avatars: Avatars; clock: Clock }): void {
  const tag = 'devices';
  routes.get('/api/anonymous/devices', { access: permission('users:read'), name: 'listDevices', tag }, async () =>
    (await devices.list()).map((device) => ({
      deviceId: device.deviceId, clientIp: device.clientIp, userAgent: device.userAgent, createdAt: rfc3339(device.createdAt), updatedAt: rfc3339(device.updatedAt),
      lastSeenAt: ageText(device.updatedAt, clock.now()), avatarUrl: avatars.of(createHash('md5').update(device.deviceId).digest('hex')),
    })));
  routes.get('/api/anonymous/search', { access: permission('users:read'), name: 'searchDevices', tag, query: Search }, async ({ query }) => {
    const page = Math.max(1, query.page);
    const perPage = query.perpage > 0 ? query.perpage : 100;
    const { devices: found, total } = await devices.search({ query: query.query, page, perPage, sort: query.sort });
    return {
      totalCount: total, page, perPage,
      // Compat: the reference leaves both times empty here.
      devices: found.map((device) => ({
        deviceId: device.deviceId, clientIp: device.clientIp, userAgent: device.userAgent, createdAt: zeroTime, updatedAt: rfc3339(device.updatedAt), lastSeenAt: zeroTime,
      })),
    };
  });
}
