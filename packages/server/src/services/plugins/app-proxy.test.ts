import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { silentLogger } from '../../infra/log/log.ts';
import type { Plugin, PluginRouteJson } from '../../plugins/plugin.ts';
import { readPluginJson } from '../../plugins/plugin-json.ts';
import { nobody, type Identity } from '../../web/identity.ts';
import { forward, matchAppRoute, renderTemplate } from './app-proxy.ts';
import { clientIp } from '../../web/request-context.ts';
import { demandPage } from './plugin-pages.ts';
import { rolesOf } from './plugin-roles.ts';

const route = (path: string, method = ''): PluginRouteJson =>
  ({ path, method, reqRole: '', reqAction: '', url: path, urlParams: null, headers: null, authType: '', tokenAuth: null, jwtTokenAuth: null, body: null });
const routes = [route('up/*', 'GET'), route('exact'), route('named/:one/x'), route('up/*', 'POST')];

test.each([
  ['GET', '/up/a/b', 'up/*', 'a/b'], ['GET', '/up/a/', 'up/*', 'a'], ['POST', '/up/a', 'up/*', 'a'], ['GET', 'exact', 'exact', ''], ['GET', '/named/two/x', 'named/:one/x', ''],
  ['DELETE', '/up/a', undefined, undefined], ['GET', '/exact/more', undefined, undefined], ['GET', '/named/x', undefined, undefined], ['GET', '', undefined, undefined],
])('%s %s takes the route %s', (method, path, wanted, rest) => {
  const found = matchAppRoute(routes, method, path);
  expect([found?.route.path, found?.rest]).toEqual([wanted, rest]);
});

test('templates of routes see settings and secrets, and nothing becomes nothing', async () => {
  const data = { JsonData: { team: 'blue' }, SecureJsonData: { key: 's3cret' } };
  expect(await renderTemplate('http://up/{{ .JsonData.team }}/{{ .SecureJsonData.key }}{{ orEmpty .JsonData.none }}', data)).toBe('http://up/blue/s3cret');
  await expect(renderTemplate('{{ .JsonData.team', data)).rejects.toThrow();
});

const app = (raw: object) => ({ id: 'my-app', json: readPluginJson(JSON.stringify({ id: 'my-app', type: 'app', name: 'My App', ...raw })) }) as Plugin;
const role = (action: string, scope = '', grants = ['Editor']) => app({ roles: [{ role: { name: 'Things Reader', permissions: [{ action, scope }] }, grants }] });

describe('roles of a plugin', () => {
  test('are named after it', () => {
    expect(rolesOf(role('my-app.things:read'))).toMatchObject([{ name: 'plugins:my-app:things-reader', group: 'My App', grantedTo: ['Editor'], permissions: [{ action: 'my-app.things:read', scope: '' }] }]);
  });

  test.each([['my-app:x', ''], ['plugins.app:access', 'plugins:id:my-app'], ['folders:read', 'folders:uid:my-app']])('may give %s on "%s"', (action, scope) => {
    expect(rolesOf(role(action, scope))).toHaveLength(1);
  });

  test.each([['dashboards:write', ''], ['plugins.app:access', 'plugins:*'], ['folders:read', 'folders:*'], ['my-appx:read', '']])('may not give %s on "%s"', (action, scope) => {
    expect(() => rolesOf(role(action, scope))).toThrow(/expected action/);
  });

  test('are granted to basic roles only', () => {
    expect(() => rolesOf(role('my-app:x', '', ['None']))).toThrow(/no basic role/);
  });
});

test('pages of an app are for those whom its includes name', () => {
  const plugin = app({
    includes: [
      { type: 'page', path: '/a/my-app/edit', role: 'Editor' }, { type: 'page', path: '/a/my-app/admin?tab=a', role: 'Admin' }, { type: 'page', path: '/a/my-app/act', action: 'my-app.things:read' },
    ],
  });
  const store = { get: () => plugin };
  const as = (orgRole: Identity['orgRole'], ...actions: string[]): Identity => ({ ...nobody, kind: 'user', orgRole, permissions: { has: (action) => actions.includes(action), scopes: () => [], all: () => new Map() } });
  const may = (who: Identity, path: string) => demandPage(store, who, 'my-app', path);
  expect([may(as('Viewer'), '/a/my-app/edit'), may(as('Editor'), '/a/my-app/edit/'), may(as('Editor'), '/a/my-app/admin'), may(as('Admin'), '/a/my-app/admin')]).toEqual([false, true, false, true]);
  expect([may(as('Viewer'), '/a/my-app/act'), may(as('Viewer', 'my-app.things:read'), '/a/my-app/act'), may(as('Viewer'), '/a/my-app/unlisted')]).toEqual([false, true, true]);
});

test('an upstream that is not there leaves the request, body and all, to be answered and logged', async () => {
  const nobodyListens = createServer().listen(0, '127.0.0.1');
  await once(nobodyListens, 'listening');
  const { port } = nobodyListens.address() as AddressInfo;
  nobodyListens.close();
  const addresses: string[] = [];
  const server = createServer(async (req, res) => {
    const reply = await forward(
      { method: 'POST', headers: req.headers, raw: { req, res }, signal: new AbortController().signal },
      { url: new URL(`http://127.0.0.1:${port}/x`), query: '', headers: {}, without: new Set(), tlsSkipVerify: false, log: silentLogger },
    );
    addresses.push(clientIp(req));
    res.writeHead(reply.status).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  for (const size of [2, 200_000]) {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { method: 'POST', body: 'x'.repeat(size), headers: { connection: 'close' } });
    expect(answer.status).toBe(502);
  }
  server.close();
  expect(addresses).toEqual(['127.0.0.1', '127.0.0.1']);
  // Where something did tear it down, there is no address, and no failure.
  expect(clientIp({ headers: {}, socket: null as never })).toBe('');
});
