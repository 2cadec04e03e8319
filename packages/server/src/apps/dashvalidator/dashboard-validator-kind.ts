/** `dashvalidator.grafana.app` (apiserver-and-storage §6.10). Behind `dashboardValidatorApp`. */
import { allVerbs, defineKind, type GroupRoute } from '../../apiserver/kind.ts';
import { text } from '../../web/reply.ts';
import { Type } from '../../web/schema.ts';
import { AppStatus, statusOf } from '../app-status.ts';

const group = 'dashvalidator.grafana.app';
const version = 'v1alpha1';

export const compatibilityScoreKind = defineKind({
  group, kind: 'DashboardCompatibilityScore', plural: 'dashboardcompatibilityscores', singular: 'dashboardcompatibilityscore', verbs: allVerbs, hasStatus: true,
  requiresTypeMeta: true, versions: [{ name: version, spec: Type.Object({ dashboardJson: Type.Unknown(), datasourceMappings: Type.Array(Type.Unknown()) }), status: AppStatus }],
  subresources: [statusOf('DashboardCompatibilityScore')],
});

export const validatorRoutes: readonly GroupRoute[] = [{
  group, version, path: 'check', methods: ['POST'],
  // Compat: the reference's handler says no more than that.
  handle: async () => text('{"message":"Handler working!"}\n'),
}];
