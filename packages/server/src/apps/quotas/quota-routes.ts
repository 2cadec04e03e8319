/** `quotas.grafana.app` (apiserver-and-storage §6.10): how much of a kind is used. Behind `kubernetesUnifiedStorageQuotas`. */
import type { GroupRoute } from '../../apiserver/kind.ts';
import type { NamespaceQuotas } from '../../services/tenancy/quotas/namespace-quotas.ts';
import { json, text } from '../../web/reply.ts';

export function quotaRoutes(quotas: Pick<NamespaceQuotas, 'usage'> | undefined): readonly GroupRoute[] {
  return [{
    group: 'quotas.grafana.app', version: 'v0alpha1', path: 'usage', unlisted: true, methods: ['GET'], authorize: () => 'allow',
    async handle({ caller, search }) {
      const [group, resource] = [search.get('group') ?? '', search.get('resource') ?? ''];
      const missing = Object.entries({ group, resource }).find(([, value]) => value === '');
      if (missing) return text(`${JSON.stringify({ metadata: {}, status: 'Failure', message: `missing required query parameters: ${missing[0]}`, code: 500 })}\n`, 400);
      // Compat: usage is counted where there is a file of limits, and by default there is none.
      const used = (await quotas?.usage({ group, resource }, caller.namespace)) ?? { usage: 0, limit: 0 };
      return json({ kind: 'Quotas', apiVersion: 'quotas.grafana.com/v0alpha1', namespace: caller.namespace, resource, group, ...used });
    },
  }];
}
