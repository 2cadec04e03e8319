/** kafka, prometheus-alertmanager, jira, sns: other systems take over (alerting-notifications §9). */
import { createHash, createHmac } from 'node:crypto';
import { goTimeText } from '../../templates/notification-data.ts';
import { demandOk, isOk } from '../http-sender.ts';
import { BadSettings, NotifyError, type Notification } from '../integration.ts';
import { defaultMessage, defaultTitle, demandRendered, groupHashOf, isFiring, rendererOf, ruleUrl, truncate, truncateBytes, type Notifier } from '../notifier.ts';

export const kafka: Notifier = (settings, tools) => {
  const proxy = settings.text('kafkaRestProxy').replace(/\/+$/, '');
  if (proxy === '') throw new BadSettings('could not find kafka rest proxy endpoint property in settings');
  const topic = settings.text('kafkaTopic');
  if (topic === '') throw new BadSettings('could not find kafka topic property in settings');
  const version = settings.text('apiVersion', 'v2');
  if (version !== 'v2' && version !== 'v3') throw new BadSettings(`unsupported api version: ${version}`);
  const cluster = settings.text('kafkaClusterId');
  if (version === 'v3' && cluster === '') throw new BadSettings('kafka cluster id must be provided when using api version 3');
  const [description, details] = [settings.text('description', defaultTitle), settings.text('details', defaultMessage)];
  const basicAuth = { user: settings.text('username'), password: settings.text('password') };
  return async (n) => {
    const render = rendererOf(n);
    const images = n.data.alerts.filter((a) => a.imageURL !== '').map((a) => ({ type: 'image', src: a.imageURL }));
    const record = {
      description: render(description), client: 'Grafana', details: render(details), alert_state: isFiring(n) ? 'alerting' : 'ok', client_url: ruleUrl(tools), ...(images.length > 0 ? { contexts: images } : {}),
      incident_key: groupHashOf(n),
    };
    const name = encodeURIComponent(render(topic));
    if (version === 'v2') {
      demandOk(await tools.http({
        url: `${proxy}/topics/${name}`, basicAuth, headers: { 'Content-Type': 'application/vnd.kafka.json.v2+json', Accept: 'application/vnd.kafka.v2+json' }, body: JSON.stringify({ records: [{ value: record }] }), signal: n.signal,
      }));
      return;
    }
    const answer = demandOk(await tools.http({
      url: `${proxy}/v3/clusters/${encodeURIComponent(cluster)}/topics/${name}/records`, basicAuth, headers: { Accept: 'application/json' }, body: JSON.stringify({ value: { type: 'JSON', data: record } }), signal: n.signal,
    }));
    const code = Number((safeJson(answer.body) as { error_code?: unknown }).error_code ?? 0);
    if (code < 200 || code > 299) throw new NotifyError(`failed to send Kafka message: unexpected error_code ${code}`);
  };
};

export const prometheusAlertmanager: Notifier = (settings, tools) => {
  const urls = settings.text('url').split(',').map((u) => u.trim()).filter((u) => u !== '');
  if (urls.length === 0) throw new BadSettings('could not find url property in settings');
  for (const url of urls) if (!URL.canParse(url)) throw new BadSettings(`invalid url property in settings: ${JSON.stringify(url)}`);
  const basicAuth = { user: settings.text('basicAuthUser'), password: settings.text('basicAuthPassword') };
  return async (n) => {
    const alerts = n.alerts.map((a) => {
      const resolved = a.endsAt <= tools.now();
      const image = a.annotations['__alert_image_url__'];
      return {
        labels: sorted(a.labels), annotations: sorted({ ...a.annotations, ...(image ? { image } : {}) }), startsAt: goTimeText(a.startsAt), endsAt: goTimeText(resolved ? a.endsAt : 0),
        generatorURL: a.generatorURL, UpdatedAt: goTimeText(a.updatedAt), Timeout: false,
      };
    });
    const results = await Promise.allSettled(urls.map(async (url) => demandOk(await tools.http({ url: `${url.replace(/\/+$/, '')}/api/v2/alerts`, basicAuth, body: JSON.stringify(alerts), signal: n.signal }))));
    if (results.every((r) => r.status === 'rejected')) throw new NotifyError('failed to send alert to Alertmanager: all attempts failed');
  };
};

const sorted = (labels: Readonly<Record<string, string>>) => Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

function safeJson(text: string): object {
  try {
    return Object(JSON.parse(text)) as object;
  } catch {
    return {};
  }
}

export const jira: Notifier = (settings, tools) => {
  const api = settings.text('api_url').replace(/\/+$/, '');
  if (api === '') throw new BadSettings('could not find api_url property in settings');
  const [user, password, token] = [settings.text('user'), settings.text('password'), settings.text('api_token')];
  if (settings.text('project') === '') throw new BadSettings('could not find project property in settings');
  if (settings.text('issue_type') === '') throw new BadSettings('could not find issue_type property in settings');
  if (token === '' && (user === '' || password === '')) throw new BadSettings('either token or both user and password must be set');
  if (token !== '' && (user !== '' || password !== '')) throw new BadSettings('provided both token and user/password, only one is allowed at a time');
  const dedup = settings.text('dedup_key_field');
  if (dedup !== '' && !/^\d+$/.test(dedup)) throw new BadSettings(`dedup_key_field must match the format of a custom field ID: ${dedup}`);
  const auth = token === '' ? { basicAuth: { user, password } } : { headers: { Authorization: `Bearer ${token}` } };

  return async (n) => {
    const render = rendererOf(n);
    const firing = isFiring(n);
    const key = groupHashOf(n);
    const project = render(settings.text('project'));
    const call = async (method: 'POST' | 'PUT' | 'GET', path: string, body?: unknown) =>
      demandOk(await tools.http({ url: `${api}/${path}`, method, ...auth, ...(body === undefined ? {} : { body: JSON.stringify(body) }), signal: n.signal }), 'failed to notify Jira: ');
    const found = await call('POST', 'search', searchFor(n, { key, project, firing, dedup, reopen: settings.text('reopen_transition'), reopenDuration: settings.text('reopen_duration'), wontFix: settings.text('wont_fix_resolution') }));
    const issues = (safeJson(found.body) as { issues?: unknown }).issues;
    const issue = Array.isArray(issues) ? (issues[0] as { key?: string; fields?: { status?: { statusCategory?: { key?: string } } } } | undefined) : undefined;
    if (!firing && !issue?.key) return;
    const labels = [...new Set(settings.list('labels').map((l) => render(l)))].sort();
    const description = truncateBytes(render(settings.text('description', '{{ template "jira.default.description" . }}')), 32_767);
    const priority = render(settings.text('priority', '{{ template "jira.default.priority" . }}'));
    const fields: Record<string, unknown> = {
      ...customFields(settings, render), project: { key: project }, issuetype: { name: render(settings.text('issue_type')) }, summary: truncate(render(settings.text('summary', '{{ template "jira.default.summary" . }}')), 255),
      description: /\/3$/.test(api) ? adf(description) : description, labels: dedup === '' ? [...labels, `ALERT{${key}}`] : labels, ...(priority === '' ? {} : { priority: { name: priority } }),
      ...(dedup === '' ? {} : { [`customfield_${dedup}`]: key }),
    };
    demandRendered(render);
    if (!issue?.key) {
      await call('POST', 'issue', { fields });
      return;
    }
    await call('PUT', `issue/${encodeURIComponent(issue.key)}`, { fields });
    const done = issue.fields?.status?.statusCategory?.key === 'done';
    const wanted = firing ? (done ? render(settings.text('reopen_transition')) : '') : done ? '' : render(settings.text('resolve_transition'));
    if (wanted === '') return;
    const listed = await call('GET', `issue/${encodeURIComponent(issue.key)}/transitions`);
    const transitions = (safeJson(listed.body) as { transitions?: { id: string; name: string }[] }).transitions ?? [];
    const transition = transitions.find((t) => t.name === wanted);
    if (!transition) throw new NotifyError(`can't find transition ${wanted} for issue ${issue.key}`);
    await call('POST', `issue/${encodeURIComponent(issue.key)}/transitions`, { transition: { id: transition.id } });
  };
};

function customFields(settings: Parameters<Notifier>[0], render: (text: string) => string): Record<string, unknown> {
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return render(value);
    if (Array.isArray(value)) return value.map(walk);
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, walk(v)])) : value;
  };
  return walk(settings.map('fields')) as Record<string, unknown>;
}

interface SearchOptions { key: string; project: string; firing: boolean; dedup: string; reopen: string; reopenDuration: string; wontFix: string }

function searchFor(_n: Notification, { key, project, firing, dedup, reopen, reopenDuration, wontFix }: SearchOptions) {
  const parts: string[] = [];
  if (wontFix !== '') parts.push(`resolution != ${JSON.stringify(wontFix)}`);
  if (firing && reopen !== '') {
    const minutes = Math.floor((Number.parseInt(reopenDuration, 10) || 0) * (reopenDuration.endsWith('h') ? 60 : reopenDuration.endsWith('d') ? 1440 : 1));
    parts.push(minutes > 0 ? `(resolutiondate is EMPTY OR resolutiondate >= -${minutes}m)` : '');
  } else if (firing) parts.push('statusCategory != Done');
  parts.push(dedup === '' ? `labels = "ALERT{${key}}"` : `(labels = "ALERT{${key}}" or cf[${dedup}] ~ "${key}")`, `project=${JSON.stringify(project)}`);
  return { jql: `${parts.filter((p) => p !== '').join(' and ')} order by status ASC,resolutiondate DESC`, maxResults: 2, fields: ['status'], expand: '' };
}

/** Atlassian's document format, a paragraph a line. */
const adf = (text: string) => ({
  version: 1, type: 'doc', content: text.split('\n\n').filter((p) => p.trim() !== '').map((p) => ({ type: 'paragraph', content: [{ type: 'text', text: p }] })),
});

export const sns: Notifier = (settings, tools) => {
  const [topic, phone, target] = [settings.text('topic_arn'), settings.text('phone_number'), settings.text('target_arn')];
  if (topic === '' && phone === '' && target === '') throw new BadSettings('must specify topicArn, targetArn, or phone number');
  if (topic !== '' && !topic.includes('{{') && topic.split(':').length < 6) throw new BadSettings('invalid topic ARN provided');
  const sigv4 = settings.object('sigv4');
  const region = sigv4?.text('region') || /^arn:aws[\w-]*:sns:([\w-]+):/.exec(topic || target)?.[1] || 'us-east-1';
  const [accessKey, secretKey] = [sigv4?.text('access_key') ?? '', sigv4?.text('secret_key') ?? ''];
  const [subject, message] = [settings.text('subject', defaultTitle), settings.text('message', defaultMessage)];
  const attributes = settings.map('attributes');
  return async (n) => {
    const render = rendererOf(n);
    const bytesMax = phone === '' ? 256 * 1024 : 1600;
    const full = render(message);
    const own: Record<string, string> = Object.fromEntries(Object.entries(attributes).map(([k, v]) => [render(k), render(v)]));
    if (Buffer.byteLength(full) > bytesMax) own['truncated'] = 'true';
    const params = new URLSearchParams({ Action: 'Publish', Version: '2010-03-31', Message: truncateBytes(full, bytesMax) });
    const topicArn = render(topic);
    if (topicArn !== '') params.set('TopicArn', topicArn);
    else if (target !== '') params.set('TargetArn', render(target));
    else params.set('PhoneNumber', render(phone));
    const shown = truncateBytes(render(subject), 100);
    if (phone === '' && shown !== '') params.set('Subject', shown);
    if (topicArn.endsWith('.fifo')) {
      params.set('MessageGroupId', groupHashOf(n));
      params.set('MessageDeduplicationId', groupHashOf(n));
    }
    Object.keys(own).sort().forEach((name, i) => {
      params.set(`MessageAttributes.entry.${i + 1}.Name`, name);
      params.set(`MessageAttributes.entry.${i + 1}.Value.DataType`, 'String');
      params.set(`MessageAttributes.entry.${i + 1}.Value.StringValue`, own[name]!);
    });
    demandRendered(render);
    const url = new URL(settings.text('api_url', `https://sns.${region}.amazonaws.com/`));
    const body = params.toString();
    const answer = await tools.http({ url: url.toString(), headers: signed({ url, body, region, accessKey, secretKey, now: tools.now() }), body, signal: n.signal });
    if (!isOk(answer)) throw new NotifyError(`failed to publish to SNS: status ${answer.status}`, { retryable: true });
  };
};

/** AWS signature version 4. */
function signed({ url, body, region, accessKey, secretKey, now }: { url: URL; body: string; region: string; accessKey: string; secretKey: string; now: number }): Record<string, string> {
  const stamp = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = stamp.slice(0, 8);
  const type = 'application/x-www-form-urlencoded; charset=utf-8';
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const names = 'content-type;host;x-amz-date';
  const canonical = ['POST', url.pathname, '', `content-type:${type}`, `host:${url.host}`, `x-amz-date:${stamp}`, '', names, hash(body)].join('\n');
  const scope = `${day}/${region}/sns/aws4_request`;
  const key = hmac(hmac(hmac(hmac(`AWS4${secretKey}`, day), region), 'sns'), 'aws4_request');
  const signature = createHmac('sha256', key).update(['AWS4-HMAC-SHA256', stamp, scope, hash(canonical)].join('\n')).digest('hex');
  return { 'Content-Type': type, 'X-Amz-Date': stamp, Authorization: `AWS4-HMAC-SHA256 Credential=${accessKey}/${scope}, SignedHeaders=${names}, Signature=${signature}` };
}
