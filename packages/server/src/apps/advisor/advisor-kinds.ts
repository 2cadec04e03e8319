/** `advisor.grafana.app` (apiserver-and-storage §6.10): checks of the installation, kept as objects. Behind `grafanaAdvisor`. */
import { allVerbs, defineKind, type Authorizer, type Kind } from '../../apiserver/kind.ts';
import { Type } from '../../web/schema.ts';
import { statusOf } from '../app-status.ts';

const group = 'advisor.grafana.app';
const adminsOnly: Authorizer = (_attributes, identity) => (identity.isGrafanaAdmin || identity.orgRole === 'Admin' ? 'allow' : { deny: 'unauthorized request' });
const shared = { group, verbs: allVerbs, hasStatus: true, requiresTypeMeta: true, authorize: adminsOnly };

export const advisorKinds: readonly Kind[] = [
  defineKind({
    ...shared, kind: 'Check', plural: 'checks', singular: 'check', subresources: [statusOf('Check')],
    versions: [{ name: 'v0alpha1', spec: Type.Object({ data: Type.Optional(Type.Record(Type.String(), Type.String())) }) }],
  }),
  defineKind({
    ...shared, kind: 'CheckType', plural: 'checktypes', singular: 'checktype', subresources: [statusOf('CheckType')],
    versions: [{
      name: 'v0alpha1', spec: Type.Object({
        name: Type.String(), steps: Type.Array(Type.Object({ stepID: Type.String(), title: Type.String(), description: Type.String(), resolution: Type.String() })),
      }),
    }],
  }),
];
