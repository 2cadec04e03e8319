import { permission } from '../../../web/access.ts';
import { bytes, json, redirect, text } from '../../../web/reply.ts';
import type { Routes } from '../../../web/route.ts';
import { supportBundleErrors, type SupportBundleService } from './support-bundle.ts';

/** /api/support-bundles (config-and-operations §10.1). Not called where `[support_bundles] enabled` is off. */
export function supportBundleRoutes(routes: Routes, { bundles, subPath }: { readonly bundles: SupportBundleService; readonly subPath: string }): void {
  const reads = permission('support.bundles:read');
  const creates = permission('support.bundles:create');
  routes.get('/api/support-bundles', { access: reads, name: 'listSupportBundles', tag: 'support_bundles' }, async () => json(await bundles.list()));
  routes.get('/api/support-bundles/collectors', { access: creates, name: 'listSupportBundleCollectors', tag: 'support_bundles' }, () => json(bundles.collectors()));
  routes.post('/api/support-bundles', { access: creates, name: 'createSupportBundle', tag: 'support_bundles', rawBody: true, bodyBytesMax: 65_536 }, async ({ identity, rawBody }) =>
    json(await bundles.create(identity.login, wantedCollectors(rawBody)), 201));
  routes.get('/api/support-bundles/:uid', { access: reads, name: 'getSupportBundle', tag: 'support_bundles' }, async ({ params }) => {
    const archive = await bundles.archive(params['uid']!);
    // Compat: the page with the list, not a 404; the form's link leads here while the bundle is made.
    if (!archive) return redirect(`${subPath}/support-bundles`);
    return bytes(archive, 'application/tar+gzip').with({ 'content-disposition': `attachment; filename=${params['uid']!.replace(/[^\w-]/g, '')}.tar.gz` });
  });
  routes.delete('/api/support-bundles/:uid', { access: permission('support.bundles:delete'), name: 'deleteSupportBundle', tag: 'support_bundles' }, async ({ params }) => {
    await bundles.remove(params['uid']!);
    return text('successfully removed the support bundle');
  });
}

function wantedCollectors(body: Buffer): readonly string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    throw supportBundleErrors.badRequest();
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw supportBundleErrors.badRequest();
  const { collectors = [] } = parsed as { collectors?: unknown };
  if (!Array.isArray(collectors ?? []) || !(collectors as unknown[] ?? []).every((item) => typeof item === 'string')) throw supportBundleErrors.badRequest();
  return (collectors ?? []) as string[];
}
