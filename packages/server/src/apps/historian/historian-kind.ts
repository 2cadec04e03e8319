/** `historian.alerting.grafana.app` (alerting-rules §11, §14): the history of alert states. Behind `kubernetesAlertingHistorian`. */
import { allVerbs, defineKind, type GroupRoute } from '../../apiserver/kind.ts';
import type { StateHistoryQuery } from '../../services/alerting/history/history-api.ts';
import { decodeBody } from '../../apiserver/negotiate.ts';
import type { NotificationHistory } from '../../services/alerting/history/notification-history.ts';
import { json } from '../../web/reply.ts';
import { Type } from '../../web/schema.ts';
import { AppStatus, statusOf } from '../app-status.ts';

/** Compat: the group has to have a kind, and the reference gave it this one. */
export const historianKind = defineKind({
  group: 'historian.alerting.grafana.app', kind: 'Dummy', plural: 'dummys', singular: 'dummy', verbs: allVerbs, hasStatus: true, requiresTypeMeta: true,
  versions: [{ name: 'v0alpha1', spec: Type.Object({ dummyField: Type.Integer() }), status: AppStatus }], subresources: [statusOf('Dummy')],
});

export interface Histories {
  readonly stateHistory: StateHistoryQuery | undefined;
  readonly notificationHistory: Pick<NotificationHistory, 'query'> | undefined;
}

const group = 'historian.alerting.grafana.app';
const version = 'v0alpha1';

/** Nothing where no history is kept. */
export const historianRoutes = ({ stateHistory, notificationHistory }: Histories): readonly GroupRoute[] => [
  ...(stateHistory ? [{
    group, version, path: 'alertstate/history', methods: ['GET'],
    authorize: (_, { permissions }) => (permissions.has('alert.rules:read') ? 'allow' : { deny: '' }),
    handle: async ({ caller, search }) => json(await stateHistory(caller.identity, search)),
  } satisfies GroupRoute] : []),
  ...(notificationHistory ? [{
    group, version, path: 'notification/query', methods: ['POST'],
    authorize: (_, { permissions }) => (permissions.has('alert.notifications:read') ? 'allow' : { deny: '' }),
    async handle({ caller, rawBody }) {
      const body = rawBody.length === 0 ? undefined : (await decodeBody(rawBody, 'application/json', 'Query')).value;
      return json(await notificationHistory.query(caller.orgId, body));
    },
  } satisfies GroupRoute] : []),
];
