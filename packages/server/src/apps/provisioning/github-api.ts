/** The few things of GitHub's API that git itself cannot say: who wrote a commit, webhooks, comments, what an app may see. */
import { StatusError } from '../../apiserver/status.ts';
import { isObject, numberOf, objectOf, objectsOf, textOf } from '../../util/json-value.ts';
import { fileErrors, type HistoryItem } from './repository-files.ts';

const apiUrl = 'https://api.github.com';
const requestMs = 15_000;
const bytesMax = 8 * 1_048_576;
const pageSize = 100;

export interface GithubRepository {
  readonly owner: string;
  readonly repo: string;
}

export interface GithubHook {
  readonly id: number;
  readonly url: string;
  readonly events: readonly string[];
}

export interface GithubApi {
  commits(repository: GithubRepository, path: string, ref: string, signal: AbortSignal): Promise<HistoryItem[]>;
  /** Makes the hook of that address, or brings the one that is there up to date. */
  saveHook(repository: GithubRepository, hook: { id?: number; url: string; secret: string; events: readonly string[] }, signal: AbortSignal): Promise<GithubHook>;
  deleteHook(repository: GithubRepository, id: number, signal: AbortSignal): Promise<void>;
  changedFiles(repository: GithubRepository, pullRequest: number, signal: AbortSignal): Promise<readonly { readonly path: string; readonly previousPath: string; readonly status: string }[]>;
  comment(repository: GithubRepository, pullRequest: number, text: string, signal: AbortSignal): Promise<void>;
  /** Of an installed app: a token that is good for an hour. */
  installationToken(installationId: string, signal: AbortSignal): Promise<{ token: string; expires: number }>;
  installation(installationId: string, signal: AbortSignal): Promise<{ suspended: boolean }>;
  installedRepositories(signal: AbortSignal): Promise<readonly { readonly name: string; readonly owner: string; readonly url: string }[]>;
}

/** `https://github.com/owner/repo`; undefined for another address. */
export function githubRepository(url: string): GithubRepository | undefined {
  const [, owner, repo] = /^https:\/\/github\.com\/([A-Za-z0-9][A-Za-z0-9-]*)\/([A-Za-z0-9._-]+?)(?:\.git)?\/?$/.exec(url) ?? [];
  return owner && repo ? { owner, repo } : undefined;
}

/** `token` is a personal one, one of an installation, or the signed word of an app. */
export function createGithubApi(token: string, base: string = apiUrl): GithubApi {
  async function call(method: string, path: string, signal: AbortSignal, body?: object): Promise<unknown> {
    let answer: Response;
    try {
      answer = await fetch(`${base}${path}`, {
        method, signal: AbortSignal.any([signal, AbortSignal.timeout(requestMs)]), redirect: 'error',
        headers: {
          accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28', 'user-agent': 'belvedere', ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    } catch (cause) {
      throw fileErrors.unreachable('GitHub cannot be reached', cause);
    }
    const text = await limitedText(answer);
    if (answer.ok) return text === '' ? undefined : jsonOf(text);
    if (answer.status === 401) throw new StatusError(403, 'Forbidden', 'not authorized: GitHub refused the token');
    if (answer.status === 403) throw new StatusError(403, 'Forbidden', 'not authorized: the token may not do this at GitHub');
    if (answer.status === 404) throw new StatusError(404, 'NotFound', 'GitHub does not know it, or the token may not see it');
    throw fileErrors.unreachable(`GitHub answered ${answer.status}`);
  }

  const at = ({ owner, repo }: GithubRepository) => `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repo)}`;

  async function all(path: string, signal: AbortSignal, pick: (page: unknown) => Record<string, unknown>[]): Promise<Record<string, unknown>[]> {
    const found: Record<string, unknown>[] = [];
    for (let page = 1; page <= 30; page++) {
      const items = pick(await call('GET', `${path}${path.includes('?') ? '&' : '?'}per_page=${pageSize}&page=${page}`, signal));
      found.push(...items);
      if (items.length < pageSize) break;
    }
    return found;
  }

  return {
    async commits(repository, path, ref, signal) {
      const query = new URLSearchParams({ per_page: String(pageSize), ...(ref === '' ? {} : { sha: ref }), ...(path === '' ? {} : { path }) });
      return objectsOf(await call('GET', `${at(repository)}/commits?${query}`, signal)).map((item) => {
        const commit = objectOf(item['commit']);
        const authors = (['author', 'committer'] as const).map((role) => {
          const account = objectOf(item[role]);
          return { name: textOf(objectOf(commit[role])['name']), username: textOf(account['login']), avatarURL: textOf(account['avatar_url']) };
        });
        return {
          ref: textOf(item['sha']), message: textOf(commit['message']), createdAt: Date.parse(textOf(objectOf(commit['committer'])['date'])) || 0,
          authors: authors.filter(({ username }, i) => i === 0 || username !== authors[0]!.username),
        };
      });
    },
    async saveHook(repository, { id, url, secret, events }, signal) {
      const known = id ?? objectsOf(await call('GET', `${at(repository)}/hooks?per_page=${pageSize}`, signal)).find((hook) => objectOf(hook['config'])['url'] === url)?.['id'];
      const body = { name: 'web', active: true, events, config: { url, secret, content_type: 'json', insecure_ssl: '0' } };
      const saved = objectOf(typeof known === 'number'
        ? await call('PATCH', `${at(repository)}/hooks/${known}`, signal, body)
        : await call('POST', `${at(repository)}/hooks`, signal, body));
      return { id: numberOf(saved['id'], 0), url, events };
    },
    async deleteHook(repository, id, signal) {
      try {
        await call('DELETE', `${at(repository)}/hooks/${id}`, signal);
      } catch (error) {
        if (!(error instanceof StatusError && error.code === 404)) throw error;
      }
    },
    async changedFiles(repository, pullRequest, signal) {
      const files = await all(`${at(repository)}/pulls/${pullRequest}/files`, signal, objectsOf);
      return files.map((file) => ({ path: textOf(file['filename']), previousPath: textOf(file['previous_filename']), status: textOf(file['status']) }));
    },
    async comment(repository, pullRequest, text, signal) {
      await call('POST', `${at(repository)}/issues/${pullRequest}/comments`, signal, { body: text });
    },
    async installationToken(installationId, signal) {
      const made = objectOf(await call('POST', `/app/installations/${encodeURIComponent(installationId)}/access_tokens`, signal, {}));
      return { token: textOf(made['token']), expires: Date.parse(textOf(made['expires_at'])) || 0 };
    },
    async installation(installationId, signal) {
      const found = objectOf(await call('GET', `/app/installations/${encodeURIComponent(installationId)}`, signal));
      return { suspended: typeof found['suspended_at'] === 'string' };
    },
    async installedRepositories(signal) {
      const found = await all('/installation/repositories', signal, (page) => objectsOf(isObject(page) ? page['repositories'] : []));
      return found.map((repository) => ({ name: textOf(repository['name']), owner: textOf(objectOf(repository['owner'])['login']), url: textOf(repository['html_url']) }));
    },
  };
}

async function limitedText(answer: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body ?? []) {
    bytes += part.length;
    if (bytes > bytesMax) throw fileErrors.unreachable('the answer of GitHub is too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw fileErrors.unreachable('the answer of GitHub is no JSON', cause);
  }
}

/** The signed word by which an app proves itself, good for some minutes. Throws where the key is none. */
export async function appToken(appId: string, privateKey: string, now: number): Promise<string> {
  const { createPrivateKey } = await import('node:crypto');
  const { SignJWT } = await import('jose');
  let key: ReturnType<typeof createPrivateKey>;
  try {
    // Compat: the frontend sends the key as base64 of its PEM text.
    key = createPrivateKey(privateKey.includes('-----BEGIN') ? privateKey : Buffer.from(privateKey, 'base64').toString('utf8'));
  } catch (cause) {
    throw new StatusError(400, 'BadRequest', 'the private key is not an RSA key in PEM form', undefined, cause);
  }
  const seconds = Math.floor(now / 1000);
  return new SignJWT({}).setProtectedHeader({ alg: 'RS256' }).setIssuer(appId).setIssuedAt(seconds - 60).setExpirationTime(seconds + 540).sign(key);
}
