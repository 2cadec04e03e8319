/** `historian.alerting.grafana.app` (apiserver-and-storage §6.10): in discovery. Behind `kubernetesAlertingHistorian`. */
import { allVerbs, defineKind } from '../../apiserver/kind.ts';
import { Type } from '../../web/schema.ts';
import { AppStatus, statusOf } from '../app-status.ts';

/** Compat: the group has to have a kind, and the reference gave it this one. */
export const historianKind = defineKind({
  group: 'historian.alerting.grafana.app', kind: 'Dummy', plural: 'dummys', singular: 'dummy', verbs: allVerbs, hasStatus: true, requiresTypeMeta: true,
  versions: [{ name: 'v0alpha1', spec: Type.Object({ dummyField: Type.Integer() }), status: AppStatus }], subresources: [statusOf('Dummy')],
});
