/** `logsdrilldown.grafana.app` (apiserver-and-storage §6.10): what the logs app keeps. Behind `kubernetesLogsDrilldown`. */
import { allVerbs, defineKind, type Kind } from '../../apiserver/kind.ts';
import { Type } from '../../web/schema.ts';
import { AppStatus, statusOf } from '../app-status.ts';

const group = 'logsdrilldown.grafana.app';
const shared = { group, verbs: allVerbs, hasStatus: true, requiresTypeMeta: true, listKeepsVersion: true };

const Settings = Type.Object({
  defaultFields: Type.Array(Type.String()), prettifyJSON: Type.Boolean(), wrapLogMessage: Type.Boolean(), interceptDismissed: Type.Boolean(),
});
const Columns = Type.Object({ records: Type.Array(Type.Object({ columns: Type.Array(Type.String()), labels: Type.Array(Type.Object({ key: Type.String(), value: Type.String() })) })) });

export const logsDrilldownKinds: readonly Kind[] = [
  defineKind({
    ...shared, kind: 'LogsDrilldownDefaultColumns', plural: 'logsdrilldowndefaultcolumns', singular: 'logsdrilldowndefaultcolumns',
    versions: [{ name: 'v1beta1', spec: Columns, status: AppStatus }], subresources: [statusOf('LogsDrilldownDefaultColumns')],
  }),
  defineKind({
    ...shared, kind: 'LogsDrilldownDefaults', plural: 'logsdrilldowndefaults', singular: 'logsdrilldowndefaults',
    versions: [{ name: 'v1alpha1', spec: Settings, status: AppStatus }], subresources: [statusOf('LogsDrilldownDefaults')],
  }),
  defineKind({
    ...shared, kind: 'LogsDrilldown', plural: 'logsdrilldowns', singular: 'logsdrilldown',
    versions: [{ name: 'v1alpha1', spec: Settings, status: AppStatus }], subresources: [statusOf('LogsDrilldown')],
  }),
];
