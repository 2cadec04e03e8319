import { expect, test } from 'vitest';
import { fileOf, folderNameOf, objectInFile } from './file-object.ts';

const read = (path: string, text: string | Buffer) => objectInFile(path, Buffer.from(text));

test('objects in JSON and YAML, and dashboards in the classic form', async () => {
  expect(await read('a.yaml', 'apiVersion: dashboard.grafana.app/v1beta1\nkind: Dashboard\nmetadata:\n  name: a\nspec:\n  title: A\n')).toMatchObject({ kind: 'Dashboard', version: 'v1beta1', name: 'a', title: 'A' });
  expect(await read('f.json', '{"apiVersion":"folder.grafana.app/v1beta1","kind":"Folder","metadata":{"name":"f"},"spec":{"title":"F"}}')).toMatchObject({ kind: 'Folder', resource: 'folders' });
  expect(await read('c.json', '{"uid":"c","id":7,"version":3,"title":"C","panels":[]}')).toMatchObject({ classic: 'dashboard', name: 'c', version: 'v0alpha1', spec: { title: 'C', panels: [] } });
});

test.each([
  ['notes.txt', '{}'], ['a.json', '{'], ['a.json', '[]'], ['a.json', 'null'], ['a.json', '{"title":"x"}'], ['a.json', Buffer.from([0x22, 0xff, 0x22])], ['a.yaml', 'a: [1'],
  ['a.json', '{"apiVersion":"playlist.grafana.app/v1","kind":"Playlist"}'], ['a.json', '{"apiVersion":"dashboard.grafana.app","kind":"Dashboard"}'],
  ['a.yaml', `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghi'].map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`).join('\n')}`],
])('%s of %j is no object', async (path, text) => {
  await expect(read(path, text)).rejects.toMatchObject({ code: 400 });
});

test('a file has its members in order, and nothing of the server\'s', async () => {
  const object = {
    apiVersion: 'dashboard.grafana.app/v1beta1', kind: 'Dashboard', spec: { title: 'Gamma', schemaVersion: 42, panels: [] },
    metadata: { name: 'gamma', namespace: 'default', uid: 'x', annotations: { 'grafana.app/managedBy': 'repo', 'grafana.app/createdBy': 'user:x' }, labels: { 'grafana.app/deprecatedInternalID': '7' } },
  };
  expect((await fileOf('gamma.json', object)).toString()).toBe(`{
  "apiVersion": "dashboard.grafana.app/v1beta1",
  "kind": "Dashboard",
  "metadata": {
    "name": "gamma"
  },
  "spec": {
    "panels": [],
    "schemaVersion": 42,
    "title": "Gamma"
  }
}`);
  expect((await fileOf('gamma.yml', { ...object, metadata: { name: 'gamma', annotations: { 'my.org/owner': 'ann' } } })).toString()).toContain('annotations:\n    my.org/owner: ann\n');
});

test('the folder of a directory has a name of its own, which is always the same and a legal uid', () => {
  const names = [folderNameOf('r1', 'sub/'), folderNameOf('r2', 'sub/'), folderNameOf('r1', 'other/sub/'), folderNameOf('r1', `${'Ünïcödé '.repeat(30)}/`)];
  expect(new Set(names).size).toBe(4);
  expect(folderNameOf('r1', 'sub')).toBe(names[0]);
  for (const name of names) expect(name).toMatch(/^[a-z0-9_-]{1,40}$/);
  expect(folderNameOf('r1', '')).toBe('r1');
  // As the reference names it.
  expect(folderNameOf('r1', 'sub/')).toBe('sub-xjxuyqdexrjkle1bnx3umsh7kiitut2yyc97');
});
