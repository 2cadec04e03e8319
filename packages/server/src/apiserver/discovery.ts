/** What is served, in the three forms that clients ask for (apiserver-and-storage §1.2). */
import { createHash } from 'node:crypto';
import { allVerbs, type GroupRoute, type Kind, type Verb } from './kind.ts';

export interface ServedGroup {
  readonly name: string;
  /** In the order of preference. */
  readonly versions: readonly string[];
  readonly kinds: readonly Kind[];
  readonly routes: readonly GroupRoute[];
}

/** Aggregated discovery lists groups by priority, the plain list in the order in which the reference sets them up. */
const aggregatedOrder = [
  'features.grafana.app', 'collections.grafana.app', 'preferences.grafana.app', 'userstorage.grafana.app', 'iam.grafana.app', 'folder.grafana.app',
  'dashboard.grafana.app', 'example.grafana.app', 'notifications.alerting.grafana.app', 'playlist.grafana.app', 'plugins.grafana.app',
];

interface Resource {
  readonly name: string;
  readonly singularName: string;
  readonly kind: string;
  readonly verbs: readonly Verb[];
}

const sortedVerbs = (verbs: readonly Verb[]) => allVerbs.filter((verb) => verbs.includes(verb));
/** Compat: a group without kinds shows one resource that does nothing. */
const noop: Resource = { name: 'noop', singularName: 'noop', kind: 'Status', verbs: ['get'] };

function resourcesOf(group: ServedGroup, version: string): Resource[] {
  const kinds = group.kinds.filter((kind) => kind.versions.some((v) => v.name === version));
  if (group.kinds.length === 0) return [noop];
  return kinds.flatMap((kind): Resource[] => [
    { name: kind.plural, singularName: kind.singular, kind: kind.kind, verbs: sortedVerbs(kind.verbs) },
    ...(kind.subresources ?? []).filter((sub) => !sub.versions || sub.versions.includes(version)).map((sub) => (
      { name: `${kind.plural}/${sub.name}`, singularName: '', kind: sub.kind, verbs: sortedVerbs(sub.verbs) })),
  ]).sort((a, b) => (a.name < b.name ? -1 : 1));
}

const versionsOf = (group: ServedGroup) => ({
  versions: group.versions.map((version) => ({ groupVersion: `${group.name}/${version}`, version })),
  preferredVersion: { groupVersion: group.versions[0] ? `${group.name}/${group.versions[0]}` : '', version: group.versions[0] ?? '' },
});

export const groupList = (groups: readonly ServedGroup[], address: string) => ({
  kind: 'APIGroupList',
  groups: groups.map((group) => ({
    name: group.name, ...versionsOf(group), serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
  })),
});

export const groupOf = (group: ServedGroup) => ({ kind: 'APIGroup', apiVersion: 'v1', name: group.name, ...versionsOf(group) });

export const resourceList = (group: ServedGroup, version: string) => ({
  kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${group.name}/${version}`,
  resources: resourcesOf(group, version).map((resource) => ({
    name: resource.name, singularName: resource.singularName, namespaced: true, kind: resource.kind, verbs: resource.verbs,
  })),
});

export const aggregatedAs = 'APIGroupDiscoveryList/apidiscovery.k8s.io/v2';
export const aggregatedMediaType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

export function aggregated(groups: readonly ServedGroup[]): { text: string; etag: string } {
  const place = ({ name }: ServedGroup) => {
    const at = aggregatedOrder.indexOf(name);
    return at < 0 ? aggregatedOrder.length : at;
  };
  const text = JSON.stringify({
    kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {},
    items: groups.toSorted((a, b) => place(a) - place(b)).map((group) => ({
      metadata: { name: group.name },
      versions: group.versions.map((version) => ({ version, resources: aggregatedResources(group, version), freshness: 'Current' })),
    })),
  });
  return { text, etag: `"${createHash('sha512').update(text).digest('hex').toUpperCase()}"` };
}

function aggregatedResources(group: ServedGroup, version: string) {
  const all = resourcesOf(group, version);
  const responseKind = (kind: string) => ({ group: '', version: '', kind });
  return all.filter(({ name }) => !name.includes('/')).map((resource) => {
    const subresources = all.filter(({ name }) => name.startsWith(`${resource.name}/`))
      .map((sub) => ({ subresource: sub.name.slice(resource.name.length + 1), responseKind: responseKind(sub.kind), verbs: sub.verbs }));
    return {
      resource: resource.name, responseKind: responseKind(resource.kind), scope: 'Namespaced', singularResource: resource.singularName, verbs: resource.verbs,
      ...(subresources.length > 0 ? { subresources } : {}),
    };
  });
}

/** Discovery in the protobuf encoding, which client libraries ask for before JSON: `k8s\0` and a runtime.Unknown. */
export function discoveryProtobuf(value: ReturnType<typeof groupList> | ReturnType<typeof groupOf> | ReturnType<typeof resourceList>): Buffer {
  const apiVersion = 'apiVersion' in value ? value.apiVersion : '';
  const raw = value.kind === 'APIGroupList' ? groupListMessage(value as ReturnType<typeof groupList>)
    : value.kind === 'APIGroup' ? groupMessage(value as ReturnType<typeof groupOf>) : resourceListMessage(value as ReturnType<typeof resourceList>);
  return envelope(apiVersion, value.kind, raw);
}

export function envelope(apiVersion: string, kind: string, raw: Buffer): Buffer {
  return Buffer.concat([Buffer.from('k8s\0'), field(1, Buffer.concat([text(1, apiVersion), text(2, kind)])), field(2, raw), text(3, ''), text(4, '')]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 127) | 128);
  }
}

const field = (number: number, bytes: Buffer) => Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
export const text = (number: number, value: string) => field(number, Buffer.from(value));
const flag = (number: number, value: boolean) => Buffer.concat([varint(number << 3), varint(value ? 1 : 0)]);
export const number = (at: number, value: number) => Buffer.concat([varint(at << 3), varint(value)]);

type Versions = ReturnType<typeof versionsOf>;
const versionMessage = ({ groupVersion, version = '' }: { groupVersion: string; version?: string }) => Buffer.concat([text(1, groupVersion), text(2, version)]);

function groupMessage(group: { name: string; serverAddressByClientCIDRs?: readonly { clientCIDR: string; serverAddress: string }[] } & Versions): Buffer {
  return Buffer.concat([
    text(1, group.name), ...group.versions.map((version) => field(2, versionMessage(version))), field(3, versionMessage(group.preferredVersion)),
    ...(group.serverAddressByClientCIDRs ?? []).map(({ clientCIDR, serverAddress }) => field(4, Buffer.concat([text(1, clientCIDR), text(2, serverAddress)]))),
  ]);
}

const groupListMessage = (list: ReturnType<typeof groupList>) => Buffer.concat(list.groups.map((group) => field(1, groupMessage(group))));

const resourceListMessage = (list: ReturnType<typeof resourceList>) => Buffer.concat([
  text(1, list.groupVersion),
  ...list.resources.map((resource) => field(2, Buffer.concat([
    text(1, resource.name), flag(2, true), text(3, resource.kind), field(4, Buffer.concat(resource.verbs.map((verb) => text(1, verb)))),
    text(6, resource.singularName), text(8, ''), text(9, ''), text(10, ''),
  ]))),
]);

export const isVersionOf = (group: ServedGroup, version: string) => group.versions.includes(version);
