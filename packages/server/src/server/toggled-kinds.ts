/** Groups that feature toggles turn on (apiserver-and-storage §5). */
import type { ApiServer } from '../apiserver/api-server.ts';
import { advisorKinds } from '../apps/advisor/advisor-kinds.ts';
import { annotationKind, annotationRoutes, type AnnotationKindDeps } from '../apps/annotations/annotation-kind.ts';
import { correlationKind, type CorrelationKindDeps } from '../apps/correlations/correlation-kind.ts';
import { compatibilityScoreKind, validatorRoutes } from '../apps/dashvalidator/dashboard-validator-kind.ts';
import { historianKind } from '../apps/historian/historian-kind.ts';
import { logsDrilldownKinds } from '../apps/logsdrilldown/logs-drilldown-kinds.ts';
import { quotaRoutes } from '../apps/quotas/quota-routes.ts';
import { shortUrlKind, type ShortUrlKindDeps } from '../apps/shorturl/short-url-kind.ts';
import type { NamespaceQuotas } from '../services/tenancy/quotas/namespace-quotas.ts';
import type { FeatureToggles } from '../setting/feature-toggles.ts';

export interface ToggledKindsDeps extends CorrelationKindDeps, ShortUrlKindDeps, AnnotationKindDeps {
  readonly apiServer: Pick<ApiServer, 'register' | 'registerRoutes'>;
  readonly toggles: Pick<FeatureToggles, 'has'>;
  readonly namespaceQuotas: Pick<NamespaceQuotas, 'usage'> | undefined;
}

export function registerToggledKinds({ apiServer, toggles, ...deps }: ToggledKindsDeps): void {
  if (toggles.has('kubernetesShortURLs')) apiServer.register(shortUrlKind(deps));
  if (toggles.has('kubernetesCorrelations')) apiServer.register(correlationKind(deps));
  if (toggles.has('kubernetesAnnotations')) {
    apiServer.register(annotationKind(deps));
    apiServer.registerRoutes(...annotationRoutes(deps));
  }
  if (toggles.has('kubernetesAlertingHistorian')) apiServer.register(historianKind);
  if (toggles.has('grafanaAdvisor')) apiServer.register(...advisorKinds);
  if (toggles.has('kubernetesLogsDrilldown')) apiServer.register(...logsDrilldownKinds);
  if (toggles.has('kubernetesUnifiedStorageQuotas')) apiServer.registerRoutes(...quotaRoutes(deps.namespaceQuotas));
  if (toggles.has('dashboardValidatorApp')) {
    apiServer.register(compatibilityScoreKind);
    apiServer.registerRoutes(...validatorRoutes);
  }
}
