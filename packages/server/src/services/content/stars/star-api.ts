/** `/api/user/stars` (dashboards-and-content §10). */
import { signedInNoAnonymous } from '../../../web/access.ts';
import { note } from '../../../web/reply.ts';
import type { Routes } from '../../../web/route.ts';
import type { StarService } from './star.ts';

export function starRoutes(routes: Routes, { stars }: { readonly stars: StarService }): void {
  routes.get('/api/user/stars', { access: signedInNoAnonymous, name: 'getStars', tag: 'signed_in_user' }, async ({ identity }) => [...(await stars.starredBy(identity))]);

  routes.post('/api/user/stars/dashboard/uid/:uid', { access: signedInNoAnonymous, name: 'starDashboardByUID', tag: 'signed_in_user' }, async ({ identity, params }) => {
    await stars.star(identity, params['uid'] ?? '');
    return note('Dashboard starred!');
  });

  routes.delete('/api/user/stars/dashboard/uid/:uid', { access: signedInNoAnonymous, name: 'unstarDashboardByUID', tag: 'signed_in_user' }, async ({ identity, params }) => {
    await stars.unstar(identity, params['uid'] ?? '');
    return note('Dashboard unstarred');
  });
}
