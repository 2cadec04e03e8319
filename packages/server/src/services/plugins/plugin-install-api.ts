import type { Installer } from '../../plugins/install/installer.ts';
import { may, rbac } from '../../web/access.ts';
import { bindJson } from '../../web/bind.ts';
import { badRequest } from '../../web/errors.ts';
import { Reply } from '../../web/reply.ts';
import type { Routes } from '../../web/route.ts';
import { Type } from '../../web/schema.ts';

const InstallBody = Type.Object({ version: Type.String() });
const done = () => new Reply(200, null, { 'content-type': 'application/json' });

/** Installing and removing while the server runs (plugins §7.9). */
export function pluginInstallRoutes(routes: Routes, { installer }: { readonly installer: Installer }): void {
  const access = rbac(may('plugins:install'), 'global');
  routes.post('/api/plugins/:id/install', { access, name: 'installPlugin', tag: 'plugins', rawBody: true }, async ({ params, headers, rawBody }) => {
    // The media type is demanded even of an empty body.
    if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) throw badRequest();
    const { version } = rawBody.length === 0 ? { version: '' } : bindJson(InstallBody, rawBody.toString('utf8'));
    await installer.install(params['id']!, version);
    return done();
  });
  routes.post('/api/plugins/:id/uninstall', { access, name: 'uninstallPlugin', tag: 'plugins' }, async ({ params }) => {
    await installer.uninstall(params['id']!);
    return done();
  });
}
