/** What the content index keeps of a dashboard or folder: enough to list, find and authorize it without reading its body. */
import { jsonMembers, memberText, type JsonMember } from '../../util/json-text.ts';
import type { StoredResource } from '../resource-store.ts';

export const dashboardType = { group: 'dashboard.grafana.app', resource: 'dashboards' } as const;
export const folderType = { group: 'folder.grafana.app', resource: 'folders' } as const;

export type ContentKind = 'dashboard' | 'folder';

export interface ContentEntry {
  readonly kind: ContentKind;
  readonly namespace: string;
  readonly name: string;
  readonly legacyId: number;
  readonly title: string;
  /** Lower case, on one line: what is compared and searched. */
  readonly titleFolded: string;
  readonly description: string;
  /** As stored, repeats and order included. */
  readonly tags: readonly string[];
  /** Parent folder's name; '' at the root. */
  readonly folder: string;
  readonly generation: number;
  readonly resourceVersion: number;
  readonly created: number;
  readonly updated: number;
  readonly createdBy: string;
  /** '' as long as it was never changed. */
  readonly updatedBy: string;
  readonly manager: Manager | undefined;
  /** The file that it was made from. */
  readonly source: { readonly path: string; readonly checksum: string } | undefined;
  /** Uids of the library panels that a dashboard shows. */
  readonly libraryPanels: readonly string[];
  /** `iam.grafana.app/Team/<uid>`: whom the object belongs to. */
  readonly owners: readonly string[];
}

export interface Manager {
  readonly kind: string;
  readonly id: string;
}

const none: readonly string[] = [];

export function contentEntry(kind: ContentKind, stored: StoredResource): ContentEntry {
  const members = stored.outline?.text === stored.spec ? stored.outline.members : jsonMembers(stored.spec);
  return {
    kind,
    namespace: stored.namespace, name: stored.name, legacyId: stored.legacyId, title: stored.title,
    titleFolded: foldTitle(stored.title),
    description: textMember(stored.spec, members, 'description'),
    tags: kind === 'dashboard' ? tagsIn(stored.spec, members) : none,
    folder: stored.folder, generation: stored.generation, resourceVersion: stored.resourceVersion,
    created: stored.created, updated: stored.updated, createdBy: stored.createdBy,
    updatedBy: stored.annotations['grafana.app/updatedBy'] ?? '',
    manager: managerOf(stored.annotations),
    source: sourceOf(stored.annotations),
    libraryPanels: kind === 'dashboard' ? libraryPanelsIn(stored.spec) : none,
    owners: stored.ownerReferences === '' ? none : ownersIn(stored.ownerReferences),
  };
}

const ownersIn = (references: string): readonly string[] =>
  (JSON.parse(references) as { apiVersion: string; kind: string; name: string }[]).map(({ apiVersion, kind, name }) => `${apiVersion.split('/').slice(0, -1).join('/')}/${kind}/${name}`);

export const foldTitle = (title: string): string => title.toLowerCase().replace(/[\r\n]/g, ' ');

export function managerOf(annotations: Readonly<Record<string, string>>): Manager | undefined {
  const id = annotations['grafana.app/managerId'];
  if (id) return { kind: annotations['grafana.app/managedBy'] ?? '', id };
  const repository = annotations['grafana.app/repoName'];
  return repository ? { kind: 'repo', id: repository } : undefined;
}

function sourceOf(annotations: Readonly<Record<string, string>>): ContentEntry['source'] {
  const path = annotations['grafana.app/sourcePath'];
  return path ? { path, checksum: annotations['grafana.app/sourceChecksum'] ?? '' } : undefined;
}

function textMember(spec: string, members: readonly JsonMember[], key: string): string {
  const text = memberText(spec, members, key);
  if (text === undefined || text.charCodeAt(0) !== 34) return '';
  return JSON.parse(text) as string;
}

function tagsIn(spec: string, members: readonly JsonMember[]): readonly string[] {
  const text = memberText(spec, members, 'tags');
  if (text === undefined || text.charCodeAt(0) !== 91 || text === '[]') return none;
  return (JSON.parse(text) as unknown[]).filter((tag) => typeof tag === 'string');
}

/** Most dashboards have none, and one look at the text says so. */
function libraryPanelsIn(spec: string): readonly string[] {
  if (!spec.includes('"libraryPanel"')) return none;
  const found = new Set<string>();
  collectLibraryPanels(JSON.parse(spec), found);
  return [...found];
}

function collectLibraryPanels(value: unknown, found: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) collectLibraryPanels(item, found);
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    if (key === 'libraryPanel' && typeof member === 'object' && member !== null) {
      const { uid } = member as { uid?: unknown };
      if (typeof uid === 'string' && uid !== '') found.add(uid);
    } else collectLibraryPanels(member, found);
  }
}
