/** `features.grafana.app` (apiserver-and-storage §6.5): feature flags by the OpenFeature remote evaluation protocol, static provider. */
import type { GroupRoute } from '../../apiserver/kind.ts';
import type { FeatureToggles } from '../../setting/feature-toggles.ts';
import { json, text } from '../../web/reply.ts';

const reason = 'static provider evaluation result';

// Compat: flags are told in the first organisation's namespace only, also to members of others; the browser takes a refusal for "no flags".
const isForeign = ({ namespace }: { readonly namespace: string }) => namespace !== 'default';

export function featureFlagRoutes({ toggles }: { toggles: Pick<FeatureToggles, 'all'> }): readonly GroupRoute[] {
  const evaluated = (key: string, value: boolean) => ({ key, value, reason, variant: 'default' });
  const shared = { group: 'features.grafana.app', version: 'v0alpha1', methods: ['POST'] as const, anyone: true, authorize: () => 'allow' as const };
  return [
    {
      ...shared, path: 'ofrep/v1/evaluate/flags', description: { tag: 'Evaluate' },
      async handle({ caller }) {
        if (isForeign(caller)) return text('rejecting request with namespace mismatch\n', 401);
        return json({ flags: [...toggles.all()].map(([key, value]) => evaluated(key, value)) });
      },
    },
    {
      ...shared, path: 'ofrep/v1/evaluate/flags/*', description: { tag: 'Evaluate', path: 'ofrep/v1/evaluate/flags/{flagKey}' },
      async handle({ caller, rest }) {
        if (isForeign(caller)) return text('rejecting request with namespace mismatch\n', 401);
        const value = toggles.all().get(rest);
        // The reference fails with 500 where a flag is unknown.
        return value === undefined ? text('failed to evaluate flag\n', 404) : json(evaluated(rest, value));
      },
    },
  ];
}
