/** Opens what a repository names: its secrets are decrypted here, and nowhere else. */
import type { Clock } from '../../infra/clock.ts';
import type { Secrets } from '../../infra/secrets/secrets.ts';
import type { ResourceStore } from '../../storage/resource-store.ts';
import { parseSecure } from '../../apiserver/secure-values.ts';
import { badRequest } from '../../apiserver/status.ts';
import { createGitFiles } from './git-files.ts';
import { appToken, createGithubApi, githubRepository, type GithubApi, type GithubRepository } from './github-api.ts';
import { group, placeOf, typeOfResource, type GitSyncSettings, type Repository, type RepositorySpec } from './git-sync.ts';
import { createLocalFiles } from './local-files.ts';
import type { RepositoryFiles } from './repository-files.ts';

export interface RepositoryAccess {
  /** The files of a stored repository. Kept open until its specification or its secrets change. */
  files(repository: Repository): Promise<RepositoryFiles>;
  /** Of one that is not stored; to be closed. */
  unsaved(spec: RepositorySpec, namespace: string, secrets: Readonly<Record<string, string>>): Promise<RepositoryFiles & { close?(): Promise<void> }>;
  github(repository: Repository): Promise<{ api: GithubApi; at: GithubRepository } | undefined>;
  /** A secret of an object; '' where it has none. */
  secret(secure: string, key: string): Promise<string>;
  /** GitHub as the installation of an app sees it. */
  connection(namespace: string, name: string): Promise<GithubApi>;
  forget(repository: Pick<Repository, 'uid'>): Promise<void>;
  close(): Promise<void>;
}

export interface RepositoryAccessDeps {
  readonly store: Pick<ResourceStore, 'get'>;
  readonly secrets: Pick<Secrets, 'decryptText'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly settings: Pick<GitSyncSettings, 'permittedPaths' | 'homePath'>;
  /** Another address of GitHub's API, for tests. */
  readonly githubUrl?: string;
}

interface Open {
  readonly key: string;
  readonly files: Promise<RepositoryFiles & { close?(): Promise<void> }>;
}

/** Copies of git repositories that are kept at a time. */
const openMax = 50;
/** A token is not used in its last minutes. */
const tokenRestMs = 300_000;

export function createRepositoryAccess({ store, secrets, clock, settings, githubUrl }: RepositoryAccessDeps): RepositoryAccess {
  const open = new Map<string, Open>();
  const tokens = new Map<string, { token: string; expires: number }>();

  async function secret(secure: string, key: string): Promise<string> {
    const value = parseSecure(secure)[key]?.value;
    return value ? secrets.decryptText(value) : '';
  }

  async function installationToken(namespace: string, name: string): Promise<string> {
    const stored = await store.get({ ...typeOfResource('connections'), group, namespace, name });
    if (!stored) throw badRequest(`connection ${JSON.stringify(name)} does not exist`);
    const id = `${namespace}/${name}/${stored.resourceVersion}`;
    const known = tokens.get(id);
    if (known && known.expires - tokenRestMs > clock.now()) return known.token;
    const { appID = '', installationID = '' } = (JSON.parse(stored.spec) as { github?: { appID?: string; installationID?: string } }).github ?? {};
    const proof = await appToken(appID, await secret(stored.secure, 'privateKey'), clock.now());
    const made = await createGithubApi(proof, githubUrl).installationToken(installationID, AbortSignal.timeout(30_000));
    tokens.set(id, made);
    if (tokens.size > openMax) tokens.delete(tokens.keys().next().value!);
    return made.token;
  }

  async function tokenOf(spec: RepositorySpec, namespace: string, own: string): Promise<string> {
    return own === '' && spec.connection?.name ? installationToken(namespace, spec.connection.name) : own;
  }

  async function make(spec: RepositorySpec, namespace: string, own: string): Promise<RepositoryFiles & { close?(): Promise<void> }> {
    if (spec.type === 'local') return createLocalFiles(spec.local?.path ?? '', settings);
    const { url = '', branch = '', path = '', tokenUser = '' } = placeOf(spec);
    const token = await tokenOf(spec, namespace, own);
    const files = createGitFiles({ url: gitUrl(spec.type, url), branch: branch || 'main', path, user: tokenUser || (spec.type === 'github' ? 'x-access-token' : 'git'), token, section: spec.type });
    const at = spec.type === 'github' ? githubRepository(url) : undefined;
    if (!at) return files;
    const api = createGithubApi(token, githubUrl);
    const page = `https://github.com/${at.owner}/${at.repo}`;
    return {
      ...files,
      versions: {
        ...files.versions!,
        // GitHub knows the people behind the addresses of a commit.
        history: (file, ref, signal) => api.commits(at, [path.replace(/^\/+|\/+$/g, ''), file].filter(Boolean).join('/'), ref || branch, signal),
        urls: (file, ref) => {
          const target = ref || branch;
          return {
            repositoryURL: page, sourceURL: `${page}/blob/${target}/${[path.replace(/^\/+|\/+$/g, ''), file].filter(Boolean).join('/')}`,
            ...(target === branch ? {} : { compareURL: `${page}/compare/${branch}...${target}`, newPullRequestURL: `${page}/compare/${branch}...${target}?quick_pull=1&labels=grafana` }),
          };
        },
      },
    };
  }

  async function close(uid: string): Promise<void> {
    const known = open.get(uid);
    open.delete(uid);
    await known?.files.then((files) => files.close?.(), () => {});
  }

  return {
    secret,
    async files({ uid, namespace, spec, stored }) {
      // A token of an installation runs out; whoever asks then opens anew.
      const hour = spec.connection?.name ? Math.floor(clock.now() / 1_800_000) : 0;
      const key = `${stored.spec}\n${stored.secure}\n${hour}`;
      const known = open.get(uid);
      if (known?.key === key) return known.files;
      await close(uid);
      const files = secret(stored.secure, 'token').then((own) => make(spec, namespace, own));
      open.set(uid, { key, files });
      files.catch(() => open.delete(uid));
      if (open.size > openMax) await close(open.keys().next().value!);
      return files;
    },
    unsaved: (spec, namespace, own) => make(spec, namespace, own['token'] ?? ''),
    async github({ spec, namespace, stored }) {
      const at = spec.type === 'github' ? githubRepository(placeOf(spec).url ?? '') : undefined;
      return at && { at, api: createGithubApi(await tokenOf(spec, namespace, await secret(stored.secure, 'token')), githubUrl) };
    },
    connection: async (namespace, name) => createGithubApi(await installationToken(namespace, name), githubUrl),
    forget: ({ uid }) => close(uid),
    async close() {
      for (const uid of [...open.keys()]) await close(uid);
    },
  };
}

/** GitHub wants the ending; other servers have addresses of their own. */
const gitUrl = (type: string, url: string) => (type === 'github' ? `${url.replace(/\/$/, '').replace(/\.git$/, '')}.git` : url);
