/**
 * Git Sync (apiserver-and-storage §6.9): dashboards and folders kept as files in a repository. A repository names where the files are; jobs carry
 * them over; a controller looks after health, schedule and the end of a repository.
 */
import type { StoredResource } from '../../storage/resource-store.ts';
import { objectOf, textOf } from '../../util/json-value.ts';

export const group = 'provisioning.grafana.app';
export const version = 'v0alpha1';
export const apiVersion = `${group}/${version}`;

export const repositoryTypes = ['local', 'git', 'github'] as const;
export type RepositoryType = (typeof repositoryTypes)[number];
export const typeOfResource = (resource: string) => ({ group, resource });

export interface GitPlace {
  readonly url?: string;
  readonly branch?: string;
  readonly path?: string;
  readonly tokenUser?: string;
  readonly generateDashboardPreviews?: boolean;
}

export interface RepositorySpec {
  readonly title: string;
  readonly description?: string;
  readonly type: string;
  readonly workflows: readonly string[];
  readonly sync: { readonly enabled: boolean; readonly target: string; readonly intervalSeconds: number };
  readonly local?: { readonly path?: string };
  readonly git?: GitPlace;
  readonly github?: GitPlace;
  readonly connection?: { readonly name?: string };
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly observedGeneration: number;
  readonly lastTransitionTime: string;
  readonly reason: string;
  readonly message: string;
}

export interface ResourceCount {
  readonly group: string;
  readonly resource: string;
  readonly count: number;
}

export interface SyncStatus {
  readonly state: string;
  readonly job?: string;
  readonly started?: number;
  readonly finished?: number;
  readonly scheduled?: number;
  readonly message: readonly string[] | null;
  readonly lastRef?: string;
  readonly incremental?: boolean;
}

export interface WebhookStatus {
  readonly id?: number;
  readonly url?: string;
  readonly subscribedEvents?: readonly string[];
  readonly lastEvent?: number;
}

export interface FieldProblem {
  readonly type: string;
  readonly field: string;
  readonly detail?: string;
}

export interface RepositoryStatus {
  readonly observedGeneration: number;
  readonly conditions?: readonly Condition[];
  readonly fieldErrors?: readonly FieldProblem[];
  readonly health: { readonly healthy: boolean; readonly error?: string; readonly checked?: number; readonly message?: readonly string[] };
  readonly sync: SyncStatus;
  readonly stats?: readonly ResourceCount[];
  readonly webhook: WebhookStatus | null;
  readonly token: object;
  readonly quota: { readonly maxRepositories?: number; readonly maxResourcesPerRepository?: number };
  readonly deleteError?: string;
}

export const newRepositoryStatus: RepositoryStatus = Object.freeze({
  observedGeneration: 0, health: { healthy: false }, sync: { state: '', message: null }, webhook: null, token: {}, quota: {},
});

/** A repository as the rest of the domain sees it. */
export interface Repository {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly spec: RepositorySpec;
  readonly status: RepositoryStatus;
  readonly stored: StoredResource;
}

export function repositoryFrom(stored: StoredResource): Repository {
  const status = stored.status === '' ? newRepositoryStatus : { ...newRepositoryStatus, ...(JSON.parse(stored.status) as RepositoryStatus) };
  return { namespace: stored.namespace, name: stored.name, uid: stored.uid, spec: JSON.parse(stored.spec) as RepositorySpec, status, stored };
}

export const isGit = (type: string): boolean => type === 'git' || type === 'github';
export const placeOf = (spec: RepositorySpec): GitPlace => spec[spec.type === 'github' ? 'github' : 'git'] ?? {};

export const jobActions = ['pull', 'push', 'pr', 'migrate', 'delete', 'move'] as const;
export type JobAction = (typeof jobActions)[number];

export interface ResourceRef {
  readonly name?: string;
  readonly kind?: string;
  readonly group?: string;
}

export interface JobSpec {
  readonly action: JobAction;
  readonly repository: string;
  readonly pull?: { readonly incremental?: boolean };
  readonly push?: { readonly branch?: string; readonly path?: string; readonly folder?: string; readonly message?: string };
  readonly pr?: { readonly ref?: string; readonly pr?: number; readonly hash?: string; readonly url?: string };
  readonly migrate?: { readonly message?: string };
  readonly delete?: { readonly ref?: string; readonly paths?: readonly string[]; readonly resources?: readonly ResourceRef[] };
  readonly move?: { readonly ref?: string; readonly targetPath?: string; readonly paths?: readonly string[]; readonly resources?: readonly ResourceRef[] };
}

export interface JobStatus {
  readonly state: 'pending' | 'working' | 'success' | 'warning' | 'error';
  readonly started?: number;
  readonly finished?: number;
  readonly message?: string;
  readonly errors?: readonly string[];
  readonly warnings?: readonly string[];
  readonly progress?: number;
  readonly summary?: readonly object[];
  readonly url?: object;
}

export interface GitSyncSettings {
  readonly types: readonly string[];
  readonly targets: readonly string[];
  readonly allowImageRendering: boolean;
  readonly minSyncSeconds: number;
  readonly repositoriesMax: number;
  /** 0: as many as there are. */
  readonly resourcesMax: number;
  readonly controllersEnabled: boolean;
  /** Where local repositories may lie. */
  readonly permittedPaths: readonly string[];
  readonly homePath: string;
  readonly rootUrl: string;
}

/** Labels of jobs. */
export const labels = { claim: `${group}/claim`, repository: `${group}/repository`, originalUid: `${group}/original-uid` };

export const finalizers = { remove: 'remove-orphan-resources', release: 'release-orphan-resources', cleanup: 'cleanup' };

/** A file is never larger. */
export const fileBytesMax = 5 * 1_048_576;

/** The message of an error that people may read; others are told as what failed. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : textOf(objectOf(error)['message']) || String(error));
