/** What a repository and a connection have to be (apiserver-and-storage §6.9). Values in, problems out. */
import { causes, type StatusCause } from '../../apiserver/status.ts';
import { finalizers as known, isGit, placeOf, repositoryTypes, type GitSyncSettings, type Repository, type RepositorySpec } from './git-sync.ts';
import { isBranchName } from './git-files.ts';
import { githubRepository } from './github-api.ts';
import { localRoot } from './local-files.ts';
import { objectionToPath } from './safe-path.ts';

const reservedNames = ['classic', 'sql', 'SQL', 'plugins', 'legacy', 'new', 'job', 'github', 's3', 'gcs', 'file', 'create', 'update', 'delete'];
const urlLengthMax = 2_048;

export interface CheckedRepository {
  readonly name: string;
  readonly spec: RepositorySpec;
  readonly finalizers: readonly string[];
  readonly hasToken: boolean;
}

export function repositoryProblems({ name, spec, finalizers, hasToken }: CheckedRepository, settings: GitSyncSettings): StatusCause[] {
  const problems: StatusCause[] = [...typeProblems(spec, hasToken, settings)];
  if (spec.title === '') problems.push(causes.required('spec.title', 'a repository title must be given'));
  if (spec.sync.enabled && spec.sync.target === '') problems.push(causes.required('spec.sync.target', 'The target type is required when sync is enabled'));
  if (!['', 'folder', 'instance'].includes(spec.sync.target)) problems.push(causes.notSupported('spec.sync.target', JSON.stringify(spec.sync.target), ['folder', 'instance']));
  if (reservedNames.includes(name)) problems.push(causes.invalid('metadata.name', name, 'Name is reserved, choose a different identifier'));
  // Compat: the value that is told is that of another field.
  if (spec.type !== 'local' && spec.local) problems.push(causes.invalid('spec.local', spec.github ?? null, 'Local config only valid when type is local'));
  if (spec.type !== 'github' && spec.github) problems.push(causes.invalid('spec.github', spec.github, 'Github config only valid when type is github'));
  if (spec.type !== 'git' && spec.git) problems.push(causes.invalid('spec.git', spec.git, 'Git config only valid when type is git'));
  for (const workflow of spec.workflows) {
    if (workflow === 'branch' && !isGit(spec.type)) problems.push(causes.invalid('spec.workflow', workflow, 'branch is only supported on git repositories'));
    else if (workflow !== 'write' && workflow !== 'branch') problems.push(causes.invalid('spec.workflow', workflow, 'invalid workflow'));
  }
  if (finalizers.includes(known.remove) && finalizers.includes(known.release)) {
    problems.push(causes.invalid('medatada.finalizers', finalizers, 'cannot have both remove and release orphan resources finalizers'));
  }
  return problems;
}

function typeProblems(spec: RepositorySpec, hasToken: boolean, settings: GitSyncSettings): StatusCause[] {
  if (spec.type === '') return [causes.required('spec.type', 'a repository type must be given')];
  if (!(repositoryTypes as readonly string[]).includes(spec.type)) return [causes.invalid('spec.type', spec.type, `repository type ${JSON.stringify(spec.type)} is not supported`)];
  if (!settings.types.includes(spec.type)) return [causes.invalid('spec.type', spec.type, `repository type ${JSON.stringify(spec.type)} is not enabled`)];
  return spec.type === 'local' ? localProblems(spec, settings) : gitProblems(spec, hasToken);
}

function localProblems({ local }: RepositorySpec, settings: GitSyncSettings): StatusCause[] {
  if (!local) return [causes.required('spec.local', 'local configuration is required')];
  const path = local.path ?? '';
  if (path === '') return [causes.required('spec.local.path', 'must enter a path to local file')];
  const found = localRoot(path, settings);
  return 'objection' in found ? [causes.invalid('spec.local.path', path, found.objection)] : [];
}

function gitProblems(spec: RepositorySpec, hasToken: boolean): StatusCause[] {
  const section = spec.type;
  if (!spec[section as 'git']) return [causes.required(`spec.${section}`, `${section} configuration is required`)];
  const { url = '', branch = '', path = '' } = placeOf(spec);
  const problems: StatusCause[] = [];
  if (url === '') problems.push(causes.required(`spec.${section}.url`, `a ${section} url is required`));
  else if (section === 'github' && !githubRepository(url)) problems.push(causes.invalid('spec.github.url', url, 'URL must be of the form https://github.com/owner/repository'));
  else if (section === 'git' && !isGitUrl(url)) problems.push(causes.invalid('spec.git.url', url, 'invalid git URL format'));
  if (branch === '') problems.push(causes.required(`spec.${section}.branch`, `a ${section} branch is required`));
  else if (!isBranchName(branch)) problems.push(causes.invalid(`spec.${section}.branch`, branch, 'invalid branch name'));
  if (spec.workflows.length > 0 && !hasToken && !spec.connection?.name) problems.push(causes.required('secure.token', `a ${section} access token is required`));
  if (path.startsWith('/')) problems.push(causes.invalid(`spec.${section}.path`, path, 'path must be relative'));
  else {
    const objection = objectionToPath(path);
    if (objection) problems.push(causes.invalid(`spec.${section}.path`, path, objection));
  }
  return problems;
}

/** Http only, and no password in it: that is what the token is for. */
function isGitUrl(text: string): boolean {
  const url = text.length <= urlLengthMax ? URL.parse(text) : null;
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') && url.hostname !== '' && url.username === '' && url.password === '' && url.pathname.length > 1;
}

export function changeProblems(before: Repository, now: RepositorySpec): StatusCause[] {
  const problems: StatusCause[] = [];
  if (before.spec.type !== now.type) problems.push(causes.invalid('spec.type', now.type, 'Changing repository type is not supported'));
  const synced = before.status.sync.state !== '' || before.status.stats !== undefined;
  if (synced && before.spec.sync.target !== now.sync.target) problems.push(causes.invalid('spec.sync.target', now.sync.target, 'Changing sync target after running sync is not supported'));
  return problems;
}

/** Of a new one, beside those that are there. */
export function neighbourProblems(now: RepositorySpec, others: readonly Repository[], { repositoriesMax }: Pick<GitSyncSettings, 'repositoriesMax'>): StatusCause[] {
  if (now.sync.target === 'instance' && others.length > 0) {
    return [causes.forbidden('spec.sync.target', `Instance repository can only be created when no other repositories exist. Found: ${others[0]!.name}`)];
  }
  const whole = others.find(({ spec }) => spec.sync.target === 'instance');
  if (whole) return [causes.forbidden('spec.sync.target', `Cannot create repository when instance repository exists: ${whole.name}`)];
  if (isGit(now.type)) {
    const [mine, same] = [placeOf(now), (spec: RepositorySpec) => spec.type === now.type && placeOf(spec).url === placeOf(now).url && placeOf(spec).branch === placeOf(now).branch];
    const folder = (path = '') => (path.replace(/^\/+|\/+$/g, '') === '' ? '' : `${path.replace(/^\/+|\/+$/g, '')}/`);
    for (const other of others.filter(({ spec }) => same(spec))) {
      const [a, b] = [folder(mine.path), folder(placeOf(other.spec).path)];
      if (a === b) return [causes.invalid(`spec.${now.type}.path`, mine.path ?? '', `duplicate repository path: ${other.name}`)];
      if (a.startsWith(b) || b.startsWith(a)) return [causes.invalid(`spec.${now.type}.path`, mine.path ?? '', `repository path conflicts with existing repository: ${other.name}`)];
    }
  }
  if (repositoriesMax > 0 && others.length >= repositoriesMax) return [causes.forbidden('spec', `Maximum number of ${repositoriesMax} repositories reached`)];
  return [];
}

export interface ConnectionSpec {
  readonly title: string;
  readonly description?: string;
  readonly type: string;
  readonly url?: string;
  readonly github?: { readonly appID?: string; readonly installationID?: string };
}

export function connectionProblems(spec: ConnectionSpec, has: (secret: string) => boolean): StatusCause[] {
  const problems: StatusCause[] = [];
  if (spec.title === '') problems.push(causes.required('spec.title', 'a connection title must be given'));
  if (spec.type === '') return [...problems, causes.required('spec.type', 'type must be specified')];
  if (spec.type !== 'github') return [...problems, causes.invalid('spec.type', spec.type, `connection type ${JSON.stringify(spec.type)} is not supported`)];
  if (!spec.github) return [...problems, causes.required('spec.github', 'github info must be specified in GitHub connection')];
  if (!has('privateKey')) problems.push(causes.required('secure.privateKey', 'privateKey must be specified for GitHub connection'));
  if (has('clientSecret')) problems.push(causes.forbidden('secure.clientSecret', 'clientSecret is forbidden in GitHub connection'));
  if (!spec.github.appID) problems.push(causes.required('spec.github.appID', 'appID must be specified for GitHub connection'));
  if (!spec.github.installationID) problems.push(causes.required('spec.github.installationID', 'installationID must be specified for GitHub connection'));
  for (const field of ['appID', 'installationID'] as const) {
    const value = spec.github[field];
    if (value && !/^\d{1,20}$/.test(value)) problems.push(causes.invalid(`spec.github.${field}`, value, `${field} must be a numeric value`));
  }
  return problems;
}
