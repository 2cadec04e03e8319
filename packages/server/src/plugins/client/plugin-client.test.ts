import { expect, test } from 'vitest';
import type { BackendPlugin, CallResourceRequest, DataSourceInstanceSettings, QueryDataRequest } from '@belvedere/plugin-sdk';
import { silentLogger } from '../../infra/log/log.ts';
import { nobody, type Identity } from '../../web/identity.ts';
import { createBackendRegistry } from './backend-registry.ts';
import { headerText, httpHeadersOf, keptCookies } from './forwarded-headers.ts';
import { createPluginClient } from './plugin-client-service.ts';
import { pluginErrors, type PluginSummary } from './plugin-client.ts';

const signal = new AbortController().signal;
const walter: Identity = { ...nobody, kind: 'user', id: 1, orgId: 1, orgRole: 'Viewer', login: 'walter', name: 'Walter', email: 'w@example.com' };
const source = (jsonData: Record<string, unknown> = {}): DataSourceInstanceSettings => ({
  id: 1, uid: 'u', type: 'echo', name: 'n', url: '', user: '', database: '', basicAuthEnabled: false, basicAuthUser: '', jsonData, decryptedSecureJsonData: {}, updated: 1, apiVersion: '',
});
const summary = (id: string): PluginSummary => ({ id, type: 'datasource', name: id, version: '1.2.3', logoUrl: '', backend: true, routes: [] });

function clientWith(plugin: BackendPlugin, options: { inProcess?: boolean; sendUserHeader?: boolean } = {}) {
  const backends = createBackendRegistry(new Map());
  backends.register('echo', plugin, { inProcess: options.inProcess ?? true });
  return createPluginClient({
    backends, log: silentLogger, userAgent: 'Grafana/12.4.0', grafanaConfig: () => ({ K: 'v' }),
    catalog: { find: (id) => (id === 'echo' || id === 'echo-alias' ? summary('echo') : id === 'bare' ? summary('bare') : undefined) },
    settings: { loginCookieName: 'grafana_session', sendUserHeader: options.sendUserHeader ?? false, signInHeaders: new Set(['authorization', 'x-jwt']) },
    credentials: { idToken: () => 'id.token', oauthToken: async () => ({ type: 'Bearer', accessToken: 'oauth', idToken: 'theirs' }) },
  });
}

/** Answers nothing and remembers what it was asked. */
function listening() {
  const seen: { query?: QueryDataRequest; resource?: CallResourceRequest } = {};
  const plugin: BackendPlugin = {
    async queryData(request) {
      seen.query = request;
      return { responses: new Map() };
    },
    async callResource(request) {
      seen.resource = request;
      return { status: 200, headers: { 'Set-Cookie': ['a=b'], 'X-Own': ['1', '2'], Connection: ['close'] }, body: new Uint8Array() };
    },
  };
  return { plugin, seen };
}

test('queries take along a fixed list of headers, kept cookies and who asks', async () => {
  const { plugin, seen } = listening();
  const headers = { 'x-panel-id': '4', 'x-dashboard-title': Buffer.from('žluť', 'utf8').toString('latin1'), 'x-custom': 'no', authorization: 'Basic secret', cookie: 'b=2; a=1; grafana_session=s', fromalert: 'true', 'x-rule-uid': 'r' };
  await clientWith(plugin, { sendUserHeader: true }).queryData({ pluginId: 'echo-alias', orgId: 1, dataSource: source({ keepCookies: ['a', 'grafana_session'] }) }, { identity: walter, headers }, [], signal);
  expect(seen.query?.headers).toEqual({
    'http_X-Panel-Id': '4', 'http_X-Dashboard-Title': 'žluť', Cookie: 'a=1', 'http_X-Grafana-Id': 'id.token', 'http_X-Rule-Uid': 'r', FromAlert: 'true', 'http_X-Grafana-User': 'walter',
  });
  expect(seen.query?.pluginContext).toMatchObject({ pluginId: 'echo', pluginVersion: '1.2.3', namespace: 'default', user: { login: 'walter', role: 'Viewer' }, grafanaConfig: { K: 'v' } });
});

test('a source that passes OAuth through gets the tokens', async () => {
  const { plugin, seen } = listening();
  await clientWith(plugin).queryData({ pluginId: 'echo', orgId: 1, dataSource: source({ oauthPassThru: true }) }, { identity: walter, headers: {} }, [], signal);
  expect(seen.query?.headers).toMatchObject({ Authorization: 'Bearer oauth', 'X-Id-Token': 'theirs' });
});

test('resources get the client’s headers without its credentials, and cannot set cookies', async () => {
  const { plugin, seen } = listening();
  const headers = { Authorization: ['Basic secret'], 'X-Jwt': ['j'], Cookie: ['a=1'], 'X-Foo': ['1', '2'] };
  const answer = await clientWith(plugin).callResource({ pluginId: 'echo', orgId: 1, dataSource: source() }, { identity: walter, headers: {} }, { path: 'x', method: 'GET', url: 'x', headers, body: new Uint8Array() }, signal);
  expect(seen.resource?.headers).toEqual({ 'X-Foo': ['1', '2'], 'X-Grafana-Id': ['id.token'] });
  expect(answer.headers).toEqual({ 'x-own': ['1', '2'], 'content-security-policy': ['sandbox'], 'content-type': ['application/json'] });
});

test('what a back end left open is filled in', async () => {
  const responses = new Map([['ok', {}], ['failed', { error: 'e' }], ['told', { error: 'e', errorSource: 'downstream' as const, status: 429 }], ['odd', { error: 'e', status: 7 }]]);
  const plugin: BackendPlugin = { queryData: async () => ({ responses }) };
  const answer = async (inProcess: boolean) => Object.fromEntries((await clientWith(plugin, { inProcess }).queryData({ pluginId: 'echo', orgId: 1 }, {}, [], signal)).responses);
  expect(await answer(true)).toEqual({
    ok: { status: 200 }, failed: { error: 'e', status: 500, errorSource: 'plugin' }, told: { error: 'e', errorSource: 'downstream', status: 429 }, odd: { error: 'e', status: 500, errorSource: 'plugin' },
  });
  // An external plugin always says a status.
  expect((await answer(false))['ok']).toEqual({ status: 500 });
});

test('failures are told apart', async () => {
  const broken: BackendPlugin = {
    queryData: async () => { throw new Error('secret detail'); },
    checkHealth: async () => { throw new Error('secret detail'); },
  };
  const client = clientWith(broken);
  const refusal = async (work: Promise<unknown>) => work.then(() => undefined, (error: { status: number; messageId: string; message: string }) => [error.status, error.messageId, error.message.includes('secret')]);
  const target = { pluginId: 'echo', orgId: 1 };
  expect(await refusal(client.queryData({ pluginId: 'nowhere', orgId: 1 }, {}, [], signal))).toEqual([404, 'plugin.notRegistered', false]);
  expect(await refusal(client.queryData({ pluginId: 'bare', orgId: 1 }, {}, [], signal))).toEqual([500, 'plugin.unavailable', false]);
  expect(await refusal(client.queryData(target, {}, [], signal))).toEqual([500, 'plugin.requestFailureError', false]);
  expect(await refusal(client.checkHealth(target, {}, signal))).toEqual([500, 'plugin.healthCheck', false]);
  expect(await refusal(clientWith({}).queryData(target, {}, [], signal))).toEqual([404, 'plugin.notImplemented', false]);
  expect(await refusal(client.callResource(target, {}, { path: '', method: 'GET', url: '', headers: {}, body: new Uint8Array() }, signal))).toEqual([500, 'plugin.requestFailureError', false]);
  expect(await refusal(client.queryData(target, {}, [], AbortSignal.abort()))).toEqual([499, 'plugin.requestCanceled', false]);
  const own: BackendPlugin = { queryData: async () => { throw pluginErrors.resourceExhausted(); } };
  expect(await refusal(clientWith(own).queryData(target, {}, [], signal))).toEqual([500, 'plugin.resourceExhausted', false]);
});

test('a built-in source is made once, and again after a failure', async () => {
  let attempts = 0;
  const registry = createBackendRegistry(new Map([['x', async () => {
    if (++attempts === 1) throw new Error('not yet');
    return {};
  }]]));
  await expect(registry.find('x')).rejects.toThrow('not yet');
  await registry.find('x');
  await registry.find('x');
  expect(attempts).toBe(2);
});

test('cookies and header texts', () => {
  expect(keptCookies('z=0; prefix=3; a=1; pre=4; a=6', ['a', 'pre[]'], 's')).toBe('a=6; pre=4; prefix=3');
  expect(keptCookies('s=1; b=2', ['[]'], 's')).toBe('b=2');
  expect(keptCookies('a=1', 'a', 's')).toBe('');
  expect(headerText('\u00e9')).toBe('%C3%A9');
  expect(httpHeadersOf({ 'http_X-A': '1', Cookie: 'c', FromAlert: 'true', other: 'x' })).toEqual({ 'X-A': '1', Cookie: 'c', FromAlert: 'true' });
});
