/** What jobs do with files that are odd, and with pull requests. Objects and files are played by the test; jobs in a whole server are in e2e. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { StoredResource } from '../../storage/resource-store.ts';
import type { ContentEntry } from '../../storage/search/content-entry.ts';
import { StatusError } from '../../apiserver/status.ts';
import type { FileObject } from './file-object.ts';
import { newRepositoryStatus, type JobSpec, type Repository } from './git-sync.ts';
import type { GithubApi } from './github-api.ts';
import { JobReport } from './job-report.ts';
import { createJobWork } from './job-work.ts';
import type { ManagedObjects } from './managed-objects.ts';
import { fileErrors, type RepositoryFiles } from './repository-files.ts';

const signal = new AbortController().signal;
const hashOf = (data: string) => createHash('sha1').update(data).digest('hex');
const board = (name: string, title = name) => JSON.stringify({ apiVersion: 'dashboard.grafana.app/v1beta1', kind: 'Dashboard', metadata: { name }, spec: { title } });
const repository = {
  namespace: 'default', name: 'r', uid: 'u', status: newRepositoryStatus, stored: {} as StoredResource,
  spec: { title: 'R', type: 'github', workflows: ['write'], sync: { enabled: true, target: 'folder', intervalSeconds: 60 }, github: { url: 'https://github.com/ann/boards', branch: 'main', path: 'grafana' } },
} satisfies Repository;

function filesOf(content: Record<string, string>): RepositoryFiles & { readonly content: Record<string, string> } {
  return {
    content,
    list: async () => Object.entries(content).map(([path, data]) => ({ path, hash: hashOf(data) })).sort((a, b) => (a.path < b.path ? -1 : 1)),
    async read(path) {
      const data = content[path];
      if (data === undefined) throw fileErrors.noFile();
      return { path, data: Buffer.from(data), hash: hashOf(data) };
    },
    async edit(edits) {
      for (const { path, data } of edits) {
        if (data) content[path] = data.toString();
        else delete content[path];
      }
      return '';
    },
    test: async () => ({ code: 200, success: true }),
  };
}

/** Objects by name, with what the repository wrote. */
function objectsIn(known: Map<string, ContentEntry>): ManagedObjects {
  const entryOf = (kind: 'dashboard' | 'folder', name: string, path: string, hash: string, title: string, manager?: string) => ({
    kind, namespace: 'default', name, title, folder: 'r', source: { path, checksum: hash }, manager: manager === undefined ? undefined : { kind: 'repo', id: manager },
  } as unknown as ContentEntry);
  const refuse = async (): Promise<never> => {
    throw new Error('not played');
  };
  return {
    of: async () => [...known.values()].filter(({ manager }) => manager?.id === 'r'), entry: async (_, __, name) => known.get(name),
    unmanaged: async () => [...known.values()].filter(({ manager }) => !manager), shaped: () => ({ kind: '', apiVersion: '', metadata: {} }), existing: async () => undefined,
    async dryRun(_, file) {
      if (file.title === 'Bad') throw new StatusError(400, 'BadRequest', 'a title | with <odd> letters');
      return undefined;
    },
    async write(_, file: FileObject, { path, hash }) {
      const created = !known.has(file.name);
      known.set(file.name, entryOf('dashboard', file.name, path, hash, file.title, 'r'));
      return { object: { kind: 'Dashboard', apiVersion: '', metadata: {} }, created };
    },
    folderFor: async () => 'r', read: async ({ name }) => ({ kind: 'Dashboard', apiVersion: 'dashboard.grafana.app/v1beta1', metadata: { name }, spec: { title: name } }),
    remove: async ({ name }) => void known.delete(name), release: refuse, counts: async () => [],
  };
}

async function run(spec: Omit<JobSpec, 'repository'>, content: Record<string, string>, { known = new Map<string, ContentEntry>(), resourcesMax = 0, github, picture }: { known?: Map<string, ContentEntry>; resourcesMax?: number; github?: Partial<GithubApi>; picture?: (page: string) => string | undefined } = {}) {
  const report = new JobReport();
  const files = filesOf(content);
  const work = createJobWork({
    objects: objectsIn(known), resourcesMax, rootUrl: 'https://grafana.example.org/', previews: { make: async (_, page) => picture?.(page) },
    access: { files: async () => files, github: async () => github && { api: github as GithubApi, at: { owner: 'ann', repo: 'boards' } } },
  });
  const asked = picture ? { ...repository, spec: { ...repository.spec, github: { ...repository.spec.github, generateDashboardPreviews: true } } } : repository;
  await work.run({ repository: asked, spec: { ...spec, repository: 'r' }, report, signal, step: async () => {} });
  return { status: report.end(0, 1), known, content };
}

const pull = { action: 'pull', pull: {} } as const;

test('two files of one name: the first has it, the other is told', async () => {
  const { status, known } = await run(pull, { 'a.json': board('same', 'A'), 'b.json': board('same', 'B') });
  expect(status).toMatchObject({ state: 'error', errors: ['b.json: the name "same" is taken by a.json'] });
  expect(known.get('same')?.title).toBe('A');
});

test('a file whose object has another name now: the old object goes, the new one comes', async () => {
  const { known } = await run(pull, { 'a.json': board('before') });
  const { status } = await run(pull, { 'a.json': board('after') }, { known });
  expect(status.summary).toEqual([{ group: 'dashboard.grafana.app', kind: 'Dashboard', total: 2, create: 1, delete: 1 }]);
  expect([...known.keys()]).toEqual(['after']);
});

test('what is unchanged is not written; what cannot be read keeps its object', async () => {
  const { known } = await run(pull, { 'a.json': board('a'), 'b.json': board('b') });
  const { status } = await run(pull, { 'a.json': board('a'), 'b.json': '{' }, { known });
  expect(status).toMatchObject({ state: 'error', summary: [{ noop: 1 }] });
  expect([...known.keys()]).toEqual(['a', 'b']);
});

test('too many resources are not begun with', async () => {
  const { status, known } = await run(pull, { 'a.json': board('a'), 'b.json': board('b'), 'notes.txt': '' }, { resourcesMax: 1 });
  expect(status).toMatchObject({ state: 'error', errors: ['the repository has 2 resources, and 1 are allowed'] });
  expect(known.size).toBe(0);
});

test('migrate writes what belongs to nobody, and then manages it', async () => {
  const known = new Map([['mine', { kind: 'dashboard', namespace: 'default', name: 'mine', title: 'My own', folder: '' } as unknown as ContentEntry]]);
  const { status, content } = await run({ action: 'migrate', migrate: {} }, {}, { known });
  expect(status.state).toBe('success');
  expect(Object.keys(content)).toEqual(['my-own.json']);
  expect(known.get('mine')).toMatchObject({ manager: { kind: 'repo', id: 'r' }, source: { path: 'my-own.json' } });
});

test('a directory is moved with its name; nothing is written over', async () => {
  const content = { 'x/team/a.json': board('a'), 'x/team/deep/b.json': board('b'), 'new/team/a.json': board('c') };
  const refused = await run({ action: 'move', move: { targetPath: 'new/', paths: ['x/team/'] } }, { ...content });
  expect(refused.status.errors).toEqual(['new/team/a.json: file already exists']);
  const { content: after } = await run({ action: 'move', move: { targetPath: 'other/', paths: ['x/team/'] } }, { ...content });
  expect(Object.keys(after).sort()).toEqual(['new/team/a.json', 'other/team/a.json', 'other/team/deep/b.json']);
});

test('a pull request gets one comment on its files below the directory, with nothing in it that is not text', async () => {
  const comments: string[] = [];
  const changed = [
    { path: 'grafana/new.json', previousPath: '', status: 'added' }, { path: 'grafana/bad.json', previousPath: '', status: 'modified' }, { path: 'grafana/gone.json', previousPath: '', status: 'removed' },
    { path: 'elsewhere.json', previousPath: '', status: 'added' }, { path: 'grafana/notes.txt', previousPath: '', status: 'added' },
  ];
  const { status } = await run({ action: 'pr', pr: { pr: 7, ref: 'try/it', hash: 'a'.repeat(40) } }, { 'new.json': board('new', 'New <b>one</b>'), 'bad.json': board('bad', 'Bad') }, {
    github: { changedFiles: async () => changed, comment: async (_, __, text) => void comments.push(text) },
  });
  expect(status.state).toBe('warning');
  expect(comments).toEqual([expect.stringContaining('| create | Dashboard | New  b one /b  | [preview](https://grafana.example.org/admin/provisioning/r/dashboard/preview/new.json?ref=try%2Fit) |')]);
  expect(comments[0]).toContain('| error | | bad.json | a title   with  odd  letters |');
  expect(comments[0]).not.toMatch(/elsewhere|gone|notes/);
  await expect(run({ action: 'pr', pr: { pr: 7 } }, {})).rejects.toMatchObject({ code: 400 });
});

test('a pull request shows pictures of a few dashboards, where the repository wants them and a renderer makes them', async () => {
  const comments: string[] = [];
  const names = ['a', 'b', 'c', 'd', 'e'];
  const github: Partial<GithubApi> = {
    changedFiles: async () => names.map((name) => ({ path: `grafana/${name}.json`, previousPath: '', status: 'added' })), comment: async (_, __, text) => void comments.push(text),
  };
  const content = Object.fromEntries(names.map((name) => [`${name}.json`, board(name)]));
  const pages: string[] = [];
  await run({ action: 'pr', pr: { pr: 7, ref: 'try' } }, content, { github, picture: (page) => (pages.push(page), page.includes('/b.json') ? undefined : `https://grafana.example.org/render/${pages.length}`) });
  expect(pages[0]).toBe('admin/provisioning/r/dashboard/preview/a.json?ref=try&kiosk');
  expect([...comments[0]!.matchAll(/!\[(\w)\]\((.*)\)/g)].map(([, title, url]) => [title, url])).toEqual([['a', 'https://grafana.example.org/render/1'], ['c', 'https://grafana.example.org/render/3'], ['d', 'https://grafana.example.org/render/4']]);
  await run({ action: 'pr', pr: { pr: 7, ref: 'try' } }, content, { github });
  expect(comments[1]).not.toContain('![');
});
