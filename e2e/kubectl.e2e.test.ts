/** kubectl, and the informer of the JavaScript client, over https with a certificate that nobody signed (apiserver-and-storage §2.4, §10.31). */
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CustomObjectsApi, KubeConfig, type KubernetesListObject, type KubernetesObject, makeInformer } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Belvedere, removeFolder, startBelvedere, temporaryFolder } from './support/belvedere.ts';
import { eventually } from './support/eventually.ts';
import { describeWith } from './support/services.ts';

const kubectlBinary = spawnSync('which', ['kubectl'], { encoding: 'utf8' }).stdout.trim();

describeWith('kubectl', kubectlBinary, 'kubectl', () => {
  const home = temporaryFolder('kubectl');
  const trusted = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  let server: Belvedere;

  beforeAll(async () => {
    // The server makes its certificate itself, and this process has no other TLS to speak.
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    server = await startBelvedere({ env: { GF_SERVER_PROTOCOL: 'https' } });
    writeFileSync(join(home, 'config'), JSON.stringify({
      apiVersion: 'v1', kind: 'Config', 'current-context': 'here', contexts: [{ name: 'here', context: { cluster: 'here', user: 'admin', namespace: 'default' } }],
      clusters: [{ name: 'here', cluster: { server: server.base, 'insecure-skip-tls-verify': true } }], users: [{ name: 'admin', user: { username: 'admin', password: 'admin' } }],
    }));
  }, 180_000);
  afterAll(async () => {
    if (trusted === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = trusted;
    await server?.stop();
    if (server) removeFolder(server.dir);
    removeFolder(home);
  });

  const env = () => ({ ...process.env, HOME: home, KUBECONFIG: join(home, 'config') });
  function kubectl(args: readonly string[], input?: object | string) {
    const { status, stdout, stderr } = spawnSync(kubectlBinary, args, {
      env: env(), encoding: 'utf8', timeout: 20_000, ...(input === undefined ? {} : { input: typeof input === 'string' ? input : JSON.stringify(input) }),
    });
    return { status, out: stdout, err: stderr };
  }
  /** Succeeds, and answers what it printed. */
  function ok(args: readonly string[], input?: object | string): string {
    const { status, out, err } = kubectl(args, input);
    expect(status, `kubectl ${args.join(' ')}\n${out}${err}`).toBe(0);
    return out;
  }
  const playlist = (name: string, title: string, more: object = {}) => ({
    apiVersion: 'playlist.grafana.app/v1', kind: 'Playlist', metadata: { name, ...more }, spec: { title, interval: '5m', items: [{ type: 'dashboard_by_tag', value: 'a' }] },
  });
  const folder = (title: string) => ({ apiVersion: 'folder.grafana.app/v1beta1', kind: 'Folder', metadata: { name: 'garden' }, spec: { title } });
  const titleOf = (name: string) => ok(['get', 'playlist', name, '-o', 'jsonpath={.spec.title}']);

  test('finds out what there is', () => {
    expect(ok(['api-versions']).split('\n')).toEqual(expect.arrayContaining(['dashboard.grafana.app/v1beta1', 'folder.grafana.app/v1beta1', 'playlist.grafana.app/v1']));
    expect(ok(['api-resources'])).toMatch(/^playlists +playlist\.grafana\.app\/v1 +true +Playlist$/m);
    expect(ok(['version'])).toContain('1.35.0+grafana-v');
    expect(ok(['explain', 'playlist.spec'])).toMatch(/interval\s+<string>/);
    expect(ok(['explain', 'dashboards'])).toContain('metadata');
    for (const version of ['v2alpha1', 'v2beta1']) {
      const explain = (path: string) => ok(['explain', `dashboards.${path}`, `--api-version=dashboard.grafana.app/${version}`]);
      expect(explain('spec')).toMatch(/cursorSync\s+<string>[\s\S]*One of: Crosshair, Off, Tooltip/);
      expect(explain('spec.timeSettings')).toMatch(/autoRefreshIntervals\s+<\[\]string>/);
      expect(explain('spec.layout')).toMatch(/TabsLayoutKind/);
      expect(explain('spec.layout.GridLayoutKind.spec.items.spec')).toMatch(/width\s+<integer>/);
    }
    const namespaces = kubectl(['get', 'namespaces']);
    expect(namespaces.status).toBe(1);
    expect(namespaces.err).toContain(`the server doesn't have a resource type "namespaces"`);
  });

  test('creates, reads, describes and deletes', () => {
    expect(ok(['create', '-f', '-'], playlist('morning', 'Morning', { labels: { mood: 'calm' } }))).toContain('created');
    expect(kubectl(['create', '-f', '-'], playlist('morning', 'Morning')).err).toContain('AlreadyExists');
    expect(ok(['get', 'playlists'])).toMatch(/^NAME +CREATED AT\nmorning +20/);
    expect(ok(['get', 'playlist', 'morning', '-o', 'yaml'])).toContain('title: Morning');
    expect(ok(['describe', 'playlist', 'morning'])).toMatch(/Title: +Morning/);
    expect(ok(['get', 'playlists', '-l', 'mood=calm', '-o', 'name'])).toBe('playlist.playlist.grafana.app/morning\n');
    expect(ok(['get', 'playlists', '--field-selector', 'metadata.name=morning', '-o', 'name'])).toContain('morning');
    expect(kubectl(['get', 'playlist', 'nope']).err).toContain('(NotFound)');
    expect(ok(['delete', 'playlist', 'morning'])).toContain('deleted');
    ok(['wait', '--for=delete', 'playlist/morning', '--timeout=10s']);
  });

  test('generates names', () => {
    const { metadata: _, ...rest } = playlist('', 'Many');
    expect(ok(['create', '-f', '-', '-o', 'name'], { ...rest, metadata: { generateName: 'many-' } })).toMatch(/many-[a-z0-9]{5}\n$/);
  });

  test('applies what it remembers, and shows what would change', () => {
    ok(['apply', '-f', '-'], playlist('applied', 'One'));
    expect(ok(['apply', '-f', '-'], playlist('applied', 'One'))).toContain('unchanged');
    const diff = kubectl(['diff', '-f', '-'], playlist('applied', 'Two'));
    expect(diff.status, diff.err).toBe(1);
    expect(diff.out).toMatch(/^- {2}title: One\n\+ {2}title: Two$/m);
    expect(ok(['apply', '--dry-run=server', '-f', '-'], playlist('applied', 'Two'))).toContain('configured (server dry run)');
    expect(titleOf('applied')).toBe('One');
    expect(ok(['apply', '-f', '-'], playlist('applied', 'Two'))).toContain('configured');
    expect(titleOf('applied')).toBe('Two');
    expect(kubectl(['diff', '-f', '-'], playlist('applied', 'Two')).status).toBe(0);
    const wrong = kubectl(['apply', '-f', '-'], { ...playlist('applied', 'Two'), spec: { title: 'Two', interval: '5m', items: [], bogus: 1 } });
    expect(wrong.status).toBe(1);
    expect(wrong.err).toContain('unknown field "spec.bogus"');
  });

  test('applies on the server: who sets a field, owns it', () => {
    expect(ok(['apply', '--server-side', '-f', '-'], folder('Garden'))).toContain('serverside-applied');
    const conflict = kubectl(['apply', '--server-side', '--field-manager', 'other', '-f', '-'], folder('Orchard'));
    expect(conflict.status).toBe(1);
    expect(conflict.err).toContain('conflict with "kubectl": .spec.title');
    ok(['apply', '--server-side', '--field-manager', 'other', '--force-conflicts', '-f', '-'], folder('Orchard'));
    const managers = ok(['get', 'folder', 'garden', '--show-managed-fields', '-o', 'jsonpath={.metadata.managedFields[*].manager}']);
    expect(managers.split(' ')).toContain('other');
    expect(ok(['get', 'folders'])).toMatch(/garden +Orchard/);
    ok(['delete', 'folder', 'garden']);
  });

  test('what was applied by the client can go on by the server', () => {
    ok(['apply', '-f', '-'], folder('Garden'));
    expect(ok(['apply', '--server-side', '--force-conflicts', '-f', '-'], folder('Meadow'))).toContain('serverside-applied');
    expect(ok(['get', 'folder', 'garden', '-o', 'jsonpath={.spec.title}'])).toBe('Meadow');
    ok(['delete', 'folder', 'garden']);
  });

  test('patches in three ways, labels, annotates, replaces', () => {
    ok(['create', '-f', '-'], playlist('patched', 'Zero'));
    ok(['patch', 'playlist', 'patched', '--type', 'merge', '-p', '{"spec":{"title":"One"}}']);
    expect(titleOf('patched')).toBe('One');
    ok(['patch', 'playlist', 'patched', '--type', 'json', '-p', '[{"op":"replace","path":"/spec/title","value":"Two"}]']);
    expect(titleOf('patched')).toBe('Two');
    ok(['patch', 'playlist', 'patched', '--type', 'strategic', '-p', '{"spec":{"title":"Three"}}']);
    expect(titleOf('patched')).toBe('Three');
    ok(['wait', '--for=jsonpath={.spec.title}=Three', 'playlist/patched', '--timeout=10s']);
    ok(['label', 'playlist', 'patched', 'mood=blue']);
    ok(['annotate', 'playlist', 'patched', 'note=x']);
    expect(ok(['get', 'playlist', 'patched', '-o', 'jsonpath={.metadata.labels.mood} {.metadata.annotations.note}'])).toBe('blue x');
    expect(ok(['replace', '-f', '-'], playlist('patched', 'Four'))).toContain('replaced');
    expect(ok(['create', '--dry-run=server', '-f', '-'], playlist('never', 'Never'))).toContain('created (server dry run)');
    expect(kubectl(['get', 'playlist', 'never']).status).toBe(1);
    ok(['delete', 'playlists', '--all']);
    expect(ok(['get', 'playlists', '-o', 'name'])).toBe('');
  });

  test('dashboards too', () => {
    const dashboard = { apiVersion: 'dashboard.grafana.app/v1beta1', kind: 'Dashboard', metadata: { name: 'boiler' }, spec: { title: 'Boiler', panels: [], schemaVersion: 42 } };
    ok(['create', '-f', '-'], dashboard);
    expect(ok(['get', 'dashboards'])).toMatch(/^boiler +Boiler +20/m);
    expect(ok(['get', '--raw', '/apis/dashboard.grafana.app/v1beta1/namespaces/default/dashboards/boiler/dto'])).toContain('DashboardWithAccessInfo');
    ok(['delete', 'dashboard', 'boiler']);
  });

  test('watches', async () => {
    const watching = spawn(kubectlBinary, ['get', 'playlists', '-w', '--output-watch-events'], { env: env(), stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = new Promise((done) => watching.once('exit', done));
    let printed = '';
    watching.stdout.on('data', (part: Buffer) => {
      printed += part.toString();
    });
    try {
      // What is made before the watch begins is listed as added as well.
      ok(['create', '-f', '-'], playlist('seen', 'One'));
      await eventually('the playlist is seen', async () => printed.includes('ADDED'));
      ok(['patch', 'playlist', 'seen', '--type', 'merge', '-p', '{"spec":{"title":"Two"}}']);
      ok(['delete', 'playlist', 'seen']);
      await eventually('its end is seen', async () => printed.includes('DELETED'));
      expect([...printed.matchAll(/^(ADDED|MODIFIED|DELETED) +seen/gm)].map(([, event]) => event)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
    } finally {
      watching.kill();
      await ended;
    }
  });

  test('an informer lists, follows, and comes back after the server was away', { timeout: 120_000 }, async () => {
    const config = new KubeConfig();
    config.loadFromFile(join(home, 'config'));
    const path = '/apis/playlist.grafana.app/v1/namespaces/default/playlists';
    const client = config.makeApiClient(CustomObjectsApi);
    const list = () => client.listNamespacedCustomObject({ group: 'playlist.grafana.app', version: 'v1', namespace: 'default', plural: 'playlists' }) as Promise<KubernetesListObject<KubernetesObject>>;
    const informer = makeInformer(config, path, list);
    ok(['delete', 'playlists', '--all']);
    ok(['create', '-f', '-'], playlist('first', 'First'));
    const seen: string[] = [];
    for (const verb of ['add', 'update', 'delete'] as const) informer.on(verb, (object) => void seen.push(`${verb} ${object.metadata?.name}`));
    let errors = 0;
    informer.on('error', () => {
      errors++;
      setTimeout(() => void informer.start().catch(() => {}), 200);
    });
    const sees = (what: string) => eventually(`the informer sees: ${what}`, async () => seen.includes(what), { withinMs: 60_000 });
    try {
      await informer.start();
      await sees('add first');
      ok(['create', '-f', '-'], playlist('second', 'Second'));
      await sees('add second');
      ok(['label', 'playlist', 'second', 'mood=blue']);
      await sees('update second');
      ok(['delete', 'playlist', 'first']);
      await sees('delete first');
      // How often it asks while nobody is there depends on how long that is.
      expect(errors).toBe(0);
      const { dir, port } = server;
      await server.stop();
      server = await startBelvedere({ env: { GF_SERVER_PROTOCOL: 'https' }, dir, port });
      ok(['create', '-f', '-'], playlist('third', 'Third'));
      await sees('add third');
      expect(informer.list().map(({ metadata }) => metadata?.name).sort()).toEqual(['second', 'third']);
    } finally {
      await informer.stop();
    }
  });
});
