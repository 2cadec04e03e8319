/** Groups that feature toggles turn on (apiserver-and-storage §5). */
import type { ApiServer } from '../apiserver/api-server.ts';
import { advisorKinds } from '../apps/advisor/advisor-kinds.ts';
import { correlationKind, type CorrelationKindDeps } from '../apps/correlations/correlation-kind.ts';
import { compatibilityScoreKind, validatorRoutes } from '../apps/dashvalidator/dashboard-validator-kind.ts';
import { logsDrilldownKinds } from '../apps/logsdrilldown/logs-drilldown-kinds.ts';
import { quotaRoutes } from '../apps/quotas/quota-routes.ts';
import { shortUrlKind, type ShortUrlKindDeps } from '../apps/shorturl/short-url-kind.ts';
import type { FeatureToggles } from '../setting/feature-toggles.ts';

export interface ToggledKindsDeps extends CorrelationKindDeps, ShortUrlKindDeps {
  readonly apiServer: Pick<ApiServer, 'register' | 'registerRoutes'>;
  readonly toggles: Pick<FeatureToggles, 'has'>;
}

export function registerToggledKinds({ apiServer, toggles, ...deps }: ToggledKindsDeps): void {
  if (toggles.has('kubernetesShortURLs')) apiServer.register(shortUrlKind(deps));
  if (toggles.has('kubernetesCorrelations')) apiServer.register(correlationKind(deps));
  if (toggles.has('grafanaAdvisor')) apiServer.register(...advisorKinds);
  if (toggles.has('kubernetesLogsDrilldown')) apiServer.register(...logsDrilldownKinds);
  if (toggles.has('kubernetesUnifiedStorageQuotas')) apiServer.registerRoutes(...quotaRoutes());
  if (toggles.has('dashboardValidatorApp')) {
    apiServer.register(compatibilityScoreKind);
    apiServer.registerRoutes(...validatorRoutes);
  }
}
