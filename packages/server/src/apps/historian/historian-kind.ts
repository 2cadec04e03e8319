/** `historian.alerting.grafana.app` (alerting-rules §11, §14): the history of alert states. Behind `kubernetesAlertingHistorian`. */
import { allVerbs, defineKind, type GroupRoute } from '../../apiserver/kind.ts';
import type { StateHistoryQuery } from '../../services/alerting/history/history-api.ts';
import { json } from '../../web/reply.ts';
import { Type } from '../../web/schema.ts';
import { AppStatus, statusOf } from '../app-status.ts';

/** Compat: the group has to have a kind, and the reference gave it this one. */
export const historianKind = defineKind({
  group: 'historian.alerting.grafana.app', kind: 'Dummy', plural: 'dummys', singular: 'dummy', verbs: allVerbs, hasStatus: true, requiresTypeMeta: true,
  versions: [{ name: 'v0alpha1', spec: Type.Object({ dummyField: Type.Integer() }), status: AppStatus }], subresources: [statusOf('Dummy')],
});

/** Nothing where no history is kept. */
export const historianRoutes = ({ stateHistory }: { readonly stateHistory: StateHistoryQuery | undefined }): readonly GroupRoute[] => (stateHistory ? [{
  group: 'historian.alerting.grafana.app', version: 'v0alpha1', path: 'alertstate/history', methods: ['GET'],
  authorize: (_, { permissions }) => (permissions.has('alert.rules:read') ? 'allow' : { deny: '' }),
  handle: async ({ caller, search }) => json(await stateHistory(caller.identity, search)),
}] : []);
