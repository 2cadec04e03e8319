/** `plugins.grafana.app` (apiserver-and-storage §5): in discovery, and closed to everybody. */
import { allVerbs, defineKind, type Authorizer, type KindVersion, type Subresource } from '../../apiserver/kind.ts';
import { AppStatus } from '../app-status.ts';
import { objectNotFound } from '../../apiserver/status.ts';
import type { TSchema } from '../../web/schema.ts';
import { MetaSpec, PluginSpec } from './plugin-description.ts';

const group = 'plugins.grafana.app';
const versionsOf = (described: TSchema): readonly KindVersion[] => [{ name: 'v0alpha1', described, status: AppStatus }];
// Compat: nobody has a right that would open it, server administrators neither.
const closed: Authorizer = () => ({ deny: 'unauthorized request' });
const status = (kind: string): Subresource => ({
  name: 'status', kind, verbs: ['get', 'patch', 'update'],
  handle: async ({ kind: of, name }) => {
    throw objectNotFound(of, name);
  },
});

export const pluginKinds = [
  defineKind({ group, kind: 'Plugin', plural: 'plugins', singular: 'plugin', versions: versionsOf(PluginSpec), verbs: allVerbs, authorize: closed, requiresTypeMeta: true, subresources: [status('Plugin')] }),
  defineKind({ group, kind: 'Meta', plural: 'metas', singular: 'meta', versions: versionsOf(MetaSpec), verbs: ['get', 'list'], authorize: closed, requiresTypeMeta: true, subresources: [status('Meta')] }),
];
