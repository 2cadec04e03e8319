/** Rulers and Alertmanagers outside, reached through data sources (alerting-rules §6, §7; alerting-notifications §2.2). */
import { Readable } from 'node:stream';
import { permission } from '../../../web/access.ts';
import { BindError, parseFirstValue } from '../../../web/bind.ts';
import { ApiError } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';
import { json, type Reply } from '../../../web/reply.ts';
import type { RequestContext, Routes } from '../../../web/route.ts';
import type { DataSource, DataSourceService, ResolvedDataSource } from '../../datasources/records/data-source.ts';
import type { DataSourceProxy } from '../../datasources/proxy/proxy.ts';
import { objectOf } from '../../../util/json-value.ts';

export interface ExternalApiDeps {
  readonly dataSources: Pick<DataSourceService, 'resolve'>;
  readonly proxy: DataSourceProxy;
  readonly now: () => number;
}

const rulerTypes = new Set(['loki', 'prometheus', 'grafana-amazonprometheus-datasource', 'grafana-azureprometheus-datasource']);
/** `y`, `on` and the like are quoted: rulers and Alertmanagers may take them for booleans. */
const forGoReaders = { version: '1.1' } as const;
const answerBytesMax = 64 * 1_048_576;

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

type Ctx = RequestContext<Record<string, string>, URLSearchParams, undefined>;

export function externalRoutes(routes: Routes, { dataSources, proxy, now }: ExternalApiDeps): void {
  const find = async (identity: Identity, uid: string): Promise<ResolvedDataSource> => {
    const source = await dataSources.resolve(identity.orgId, { uid });
    if (!source) throw new ApiError(404, 'data source not found');
    return source;
  };
  const ruler = async (identity: Identity, uid: string): Promise<ResolvedDataSource> => {
    const source = await find(identity, uid);
    if (!rulerTypes.has(source.record.type)) throw new ApiError(400, `unexpected datasource type '${source.record.type}', expected loki, prometheus, amazon prometheus, azure prometheus`);
    return source;
  };

  /** RBAC has decided already: for the proxy the caller is an Editor. */
  const call = async (ctx: Pick<Ctx, 'identity' | 'signal' | 'raw' | 'headers'>, source: ResolvedDataSource, request: { method: string; path: string; query?: string; body?: string; type?: string }): Promise<Answer> => {
    const body = request.body ?? '';
    // The answer is read here: what the caller could unpack does not matter.
    const { 'accept-encoding': _, 'content-length': __, 'content-type': ___, 'transfer-encoding': ____, ...headers } = ctx.headers;
    const reply = await proxy.forward(source, {
      method: request.method, path: request.path.replace(/^\//, ''), query: request.query ?? '', remoteAddress: ctx.raw.req.socket.remoteAddress ?? '', signal: ctx.signal,
      headers: { ...headers, ...(body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) }), ...(request.type ? { 'content-type': request.type } : {}) },
      body: Readable.from(body === '' ? [] : [Buffer.from(body)]),
      identity: ctx.identity.orgRole === 'Admin' ? ctx.identity : { ...ctx.identity, orgRole: 'Editor' },
    });
    const answer = { status: reply.status, type: String(reply.headers['content-type'] ?? reply.headers['Content-Type'] ?? ''), text: await textOf(reply) };
    if (answer.status < 400) return answer;
    throw new ApiError(answer.status, messageOf(answer));
  };

  const segment = (ctx: Ctx, name: 'Namespace' | 'Groupname', placeholder: string, param: string) => {
    const value = ctx.params[name] ?? '';
    return encodeURIComponent(value === placeholder ? ctx.search.get(param) ?? '' : value);
  };
  const rulerPath = (ctx: Ctx, { type }: DataSource): string => {
    const prefix = type === 'loki' ? '/api/prom/rules' : ctx.search.get('subtype') === 'mimir' ? '/config/v1/rules' : '/rules';
    const parts = [prefix];
    if (ctx.params['Namespace'] !== undefined) parts.push(segment(ctx, 'Namespace', 'QUERY_NAMESPACE', 'namespace'));
    if (ctx.params['Groupname'] !== undefined) parts.push(segment(ctx, 'Groupname', 'QUERY_GROUP', 'group'));
    return parts.join('/');
  };
  const query = (ctx: Pick<Ctx, 'url'>) => (ctx.url.includes('?') ? ctx.url.slice(ctx.url.indexOf('?') + 1) : '');
  const demandType = (answer: Answer, wanted: 'YAML' | 'JSON') => {
    if (answer.type.toLowerCase().includes(wanted.toLowerCase())) return;
    throw new ApiError(500, `unexpected content type from upstream. expected ${wanted}, got ${answer.type.split(';')[0]}`);
  };

  const onSource = 'datasources:uid:{DatasourceUID}';
  const rulesBase = '/api/ruler/:DatasourceUID/api/v1/rules';
  for (const path of [rulesBase, `${rulesBase}/:Namespace`, `${rulesBase}/:Namespace/:Groupname`]) {
    routes.get(path, { access: permission('alert.rules.external:read', onSource) }, async (ctx) => {
      const source = await ruler(ctx.identity, ctx.params['DatasourceUID']!);
      const answer = await call(ctx, source, { method: 'GET', path: rulerPath(ctx, source.record), query: query(ctx) });
      demandType(answer, 'YAML');
      return json(await parsedYaml(answer.text), answer.status);
    });
    if (path === rulesBase) continue;
    routes.delete(path, { access: permission('alert.rules.external:write', onSource) }, async (ctx) => {
      const source = await ruler(ctx.identity, ctx.params['DatasourceUID']!);
      const answer = await call(ctx, source, { method: 'DELETE', path: rulerPath(ctx, source.record), query: query(ctx) });
      return json({ message: answer.text }, answer.status);
    });
  }
  routes.post(`${rulesBase}/:Namespace`, { access: permission('alert.rules.external:write', onSource), rawBody: true }, async (ctx) => {
    const source = await ruler(ctx.identity, ctx.params['DatasourceUID']!);
    const group = objectOf(parseFirstValue(ctx.rawBody.toString() || 'null'));
    const rules = Array.isArray(group['rules']) ? group['rules'] : [];
    // Compat: the reference answers 500 to rules of the other kind.
    if (rules.some((r) => typeof r === 'object' && r !== null && 'grafana_alert' in r)) throw new ApiError(400, 'unexpected backend type (lotex) for payload type (grafana)');
    const order = ['name', 'source_tenants', 'interval', 'evaluation_delay', 'query_offset', 'align_evaluation_time_on_interval', 'limit', 'labels', 'rules', 'remote_write'];
    const shaped = Object.fromEntries([...order.slice(0, 1), 'interval', 'rules', ...order.filter((k) => k !== 'name' && k !== 'interval' && k !== 'rules')].filter((k) => group[k] !== undefined && group[k] !== null).map((k) => [k, k === 'rules' ? rules.map(ruleShape) : group[k]]));
    const { stringify } = await import('yaml');
    const answer = await call(ctx, source, { method: 'POST', path: rulerPath(ctx, source.record), query: query(ctx), body: stringify(shaped, forGoReaders) });
    demandType(answer, 'JSON');
    return json(parsedJson(answer.text), answer.status);
  });

  for (const what of ['rules', 'alerts'] as const) {
    const action = what === 'rules' ? 'alert.rules.external:read' : 'alert.instances.external:read';
    routes.get(`/api/prometheus/:DatasourceUID/api/v1/${what}`, { access: permission(action, onSource) }, async (ctx) => {
      const source = await ruler(ctx.identity, ctx.params['DatasourceUID']!);
      const answer = await call(ctx, source, { method: 'GET', path: `${source.record.type === 'loki' ? '/prometheus' : ''}/api/v1/${what}`, query: query(ctx) });
      demandType(answer, 'JSON');
      return json(what === 'rules' ? withRuleDefaults(parsedJson(answer.text)) : parsedJson(answer.text), answer.status);
    });
  }

  routes.post('/api/v1/rule/test/:DatasourceUID', { access: permission('alert.rules.external:read', onSource), rawBody: true }, async (ctx) => {
    const source = await ruler(ctx.identity, ctx.params['DatasourceUID']!);
    const { expr } = objectOf(parseFirstValue(ctx.rawBody.toString() || 'null')) as { expr?: unknown };
    if (typeof expr !== 'string' || expr === '') throw new BindError('expr', 'is missing');
    const search = new URLSearchParams({ query: expr, time: String(Math.floor(now() / 1000)) });
    const answer = await call(ctx, source, { method: 'GET', path: source.record.type === 'loki' ? '/loki/api/v1/query' : '/api/v1/query', query: search.toString() });
    return { instances: [vectorFrame(parsedJson(answer.text))] };
  });

  // Alertmanagers.

  const alertmanager = async (ctx: Ctx, endpoint: 'config' | 'v2'): Promise<{ source: ResolvedDataSource; prefix: string }> => {
    const uid = ctx.params['DatasourceUID']!;
    if (uid === 'grafana') throw new BindError('', 'is not for the built-in Alertmanager');
    const source = await find(ctx.identity, uid);
    if (source.record.type !== 'alertmanager') throw new ApiError(400, `unexpected datasource type '${source.record.type}', expected alertmanager`);
    const implementation = (objectOf(parsedJson(source.record.jsonData || '{}'))['implementation'] as string | undefined) || 'cortex';
    if (implementation === 'prometheus' && endpoint === 'config') throw new ApiError(400, 'unsupported endpoint "config" for Alert Manager implementation "prometheus"');
    return { source, prefix: implementation === 'prometheus' || endpoint === 'config' ? '' : '/alertmanager' };
  };
  const am = '/api/alertmanager/:DatasourceUID';
  const instances = (verb: 'read' | 'write') => permission(`alert.instances.external:${verb}`, onSource);
  const notifications = (verb: 'read' | 'write') => permission(`alert.notifications.external:${verb}`, onSource);

  const read = (path: string, upstream: (ctx: Ctx) => string, access: ReturnType<typeof instances>) => routes.get(path, { access }, async (ctx) => {
    const { source, prefix } = await alertmanager(ctx, 'v2');
    const sorted = new URLSearchParams([...ctx.search].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
    const answer = await call(ctx, source, { method: 'GET', path: prefix + upstream(ctx), query: sorted.toString() });
    return json(normalized(parsedJson(answer.text)), answer.status);
  });
  read(`${am}/api/v2/alerts`, () => '/api/v2/alerts', instances('read'));
  read(`${am}/api/v2/alerts/groups`, () => '/api/v2/alerts/groups', instances('read'));
  read(`${am}/api/v2/silences`, () => '/api/v2/silences', instances('read'));
  read(`${am}/api/v2/silence/:SilenceId`, (ctx) => `/api/v2/silence/${encodeURIComponent(ctx.params['SilenceId']!)}`, instances('read'));
  routes.get(`${am}/api/v2/status`, { access: notifications('read') }, async (ctx) => {
    const { source, prefix } = await alertmanager(ctx, 'v2');
    const answer = await call(ctx, source, { method: 'GET', path: `${prefix}/api/v2/status` });
    const status = objectOf(parsedJson(answer.text));
    const original = objectOf(status['config'])['original'];
    return json({ ...status, config: typeof original === 'string' ? { global: globalDefaults, ...await parsedYaml(original) } : status['config'] }, answer.status);
  });
  // Compat: alerts are not taken this way, whatever the implementation.
  routes.post(`${am}/api/v2/alerts`, { access: instances('write'), rawBody: true }, () => {
    throw new BindError('', 'is not taken');
  });
  routes.post(`${am}/api/v2/silences`, { access: instances('write'), rawBody: true }, async (ctx) => {
    const { source, prefix } = await alertmanager(ctx, 'v2');
    const given = objectOf(parseFirstValue(ctx.rawBody.toString() || 'null'));
    const body = JSON.stringify({
      comment: given['comment'] ?? null, createdBy: given['createdBy'] ?? null, endsAt: timeText(given['endsAt']), ...(given['id'] ? { id: given['id'] } : {}),
      matchers: Array.isArray(given['matchers']) ? given['matchers'].map((m) => Object.fromEntries(Object.entries(objectOf(m)).sort(([a], [b]) => (a < b ? -1 : 1)))) : null, startsAt: timeText(given['startsAt']),
    });
    const answer = await call(ctx, source, { method: 'POST', path: `${prefix}/api/v2/silences`, body, type: 'application/json' });
    return json(parsedJson(answer.text), answer.status);
  });
  routes.delete(`${am}/api/v2/silence/:SilenceId`, { access: instances('write') }, async (ctx) => {
    const { source, prefix } = await alertmanager(ctx, 'v2');
    const answer = await call(ctx, source, { method: 'DELETE', path: `${prefix}/api/v2/silence/${encodeURIComponent(ctx.params['SilenceId']!)}` });
    return json({ message: answer.text }, answer.status);
  });

  const config = `${am}/config/api/v1/alerts`;
  routes.get(config, { access: notifications('read') }, async (ctx) => {
    const { source } = await alertmanager(ctx, 'config');
    const answer = await call(ctx, source, { method: 'GET', path: '/api/v1/alerts' });
    const outer = objectOf(await parsedYaml(answer.text));
    const inner = outer['alertmanager_config'];
    return json({ ...outer, ...(typeof inner === 'string' ? { alertmanager_config: await parsedYaml(inner) } : {}) }, answer.status);
  });
  routes.post(config, { access: notifications('write'), rawBody: true }, async (ctx) => {
    const { source } = await alertmanager(ctx, 'config');
    const given = objectOf(parseFirstValue(ctx.rawBody.toString() || 'null'));
    const inner = objectOf(given['alertmanager_config']);
    const receivers = Array.isArray(inner['receivers']) ? inner['receivers'] : [];
    // Compat: the reference answers 500.
    if (receivers.some((r) => Array.isArray(objectOf(r)['grafana_managed_receiver_configs']))) throw new ApiError(400, 'unexpected backend type (alertmanager) for payload type (grafana)');
    const { stringify } = await import('yaml');
    const sorted = Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
    const body = stringify({ template_files: given['template_files'] ?? {}, alertmanager_config: stringify(sorted, forGoReaders) }, { ...forGoReaders, blockQuote: 'literal' });
    const answer = await call(ctx, source, { method: 'POST', path: '/api/v1/alerts', body });
    return json({ message: answer.text }, answer.status);
  });
  routes.delete(config, { access: notifications('write') }, async (ctx) => {
    const { source } = await alertmanager(ctx, 'config');
    const answer = await call(ctx, source, { method: 'DELETE', path: '/api/v1/alerts' });
    return json({ message: answer.text }, answer.status);
  });
}

/** What an Alertmanager goes by where its configuration has no global part. */
const globalDefaults = {
  resolve_timeout: '5m', http_config: { tls_config: { insecure_skip_verify: false }, follow_redirects: true, enable_http2: true, proxy_url: null },
  smtp_hello: 'localhost', smtp_smarthost: '', smtp_require_tls: true, pagerduty_url: 'https://events.pagerduty.com/v2/enqueue', opsgenie_api_url: 'https://api.opsgenie.com/',
  wechat_api_url: 'https://qyapi.weixin.qq.com/cgi-bin/', victorops_api_url: 'https://alert.victorops.com/integrations/generic/20131114/alert/',
  telegram_api_url: 'https://api.telegram.org', webex_api_url: 'https://webexapis.com/v1/messages',
};

async function textOf(reply: Reply): Promise<string> {
  if (reply.body === null) return '';
  if (typeof reply.body === 'string' || Buffer.isBuffer(reply.body)) return reply.body.toString();
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of reply.body) {
    size += (part as Buffer).length;
    if (size > answerBytesMax) throw new ApiError(500, 'the answer from upstream is too large');
    parts.push(Buffer.from(part as Buffer));
  }
  return Buffer.concat(parts).toString();
}

function messageOf({ type, text }: Answer): string {
  if (type.includes('text/html')) return 'redacted html';
  if (type.includes('json')) {
    try {
      const { message } = JSON.parse(text) as { message?: unknown };
      if (typeof message === 'string' && message !== '') return message;
    } catch {
      // The text itself is told.
    }
  }
  return text;
}


function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text === '' ? 'null' : text);
  } catch {
    throw new ApiError(500, 'the answer from upstream is not JSON');
  }
}

async function parsedYaml(text: string): Promise<Record<string, unknown>> {
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 100 });
  } catch (error) {
    throw new ApiError(500, `yaml: ${error instanceof Error ? error.message.split('\n')[0] : 'unreadable'}`);
  }
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new ApiError(500, 'yaml: unmarshal errors: the answer is not a mapping');
  return value as Record<string, unknown>;
}

/** Members of a rule in the order in which rulers write them. */
function ruleShape(rule: unknown): Record<string, unknown> {
  const r = objectOf(rule);
  return Object.fromEntries(['record', 'alert', 'expr', 'for', 'keep_firing_for', 'labels', 'annotations'].filter((k) => r[k] !== undefined && r[k] !== null && r[k] !== '').map((k) => [k, r[k]]));
}

const zeroTime = '0001-01-01T00:00:00Z';

/** What our own rules always have, foreign ones have too. */
function withRuleDefaults(value: unknown): unknown {
  const data = objectOf(objectOf(value)['data']);
  const groups = data['groups'];
  if (!Array.isArray(groups)) return value;
  const evaluated = { lastEvaluation: zeroTime, evaluationTime: 0 };
  return {
    ...objectOf(value),
    data: { ...data, groups: groups.map((g) => ({ folderUid: '', totals: null, ...evaluated, ...objectOf(g), rules: (Array.isArray(objectOf(g)['rules']) ? (objectOf(g)['rules'] as unknown[]) : []).map((r) => ({ ...evaluated, isPaused: false, ...objectOf(r) })) })) },
  };
}

const timeText = (value: unknown) => (typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? new Date(value).toISOString() : value ?? null);

/** Times with milliseconds, empty addresses left out. */
function normalized(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalized);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([k, v]) => !(k === 'generatorURL' && v === '')).map(([k, v]) => [k, /^(startsAt|endsAt|updatedAt)$/.test(k) ? timeText(v) : normalized(v)]));
}

/** An instant vector as the frame that the rule editor shows. */
function vectorFrame(answer: unknown) {
  const data = objectOf(objectOf(answer)['data']);
  const result = Array.isArray(data['result']) ? (data['result'] as unknown[]).map(objectOf) : [];
  const names = [...new Set(result.flatMap((r) => Object.keys(objectOf(r['metric']))))].sort();
  const field = (name: string) => ({ name, type: 'string', typeInfo: { frame: 'string' } });
  const label = (r: Record<string, unknown>, name: string) => String(objectOf(r['metric'])[name] ?? '');
  const info = (r: Record<string, unknown>) => {
    const metric = objectOf(r['metric']);
    return `[ labels={{${Object.keys(metric).sort().map((k) => `${k}=${JSON.stringify(metric[k])}`).join(', ')}}} value=${String((r['value'] as unknown[] | undefined)?.[1] ?? '')} ]`;
  };
  return {
    schema: { name: 'evaluation results', fields: [...names.map(field), field('State'), field('Info')] },
    data: { values: [...names.map((n) => result.map((r) => label(r, n))), result.map(() => 'Alerting'), result.map(info)] },
  };
}
