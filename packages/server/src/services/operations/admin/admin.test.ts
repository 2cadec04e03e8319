import { resolve } from 'node:path';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { openTestDatabase } from '../../../infra/db/test-database.ts';
import { createKeyValueStore } from '../../../infra/kvstore/kvstore.ts';
import { createServerMetrics } from '../../../infra/metrics/server-metrics.ts';
import { migrations } from '../../../server/migrations.ts';
import { loadSettings } from '../../../setting/settings.ts';
import { createAdminService } from './admin-service.ts';
import { effectiveSettings, visibleSettings } from './effective-settings.ts';
import { usageReport } from './usage-report.ts';

const home = resolve(import.meta.dirname, '../../../..');
const settings = (env: Record<string, string>) => loadSettings({ homePath: home, env });
const day = 86_400_000;
const now = Date.UTC(2026, 4, 6);

const shown = effectiveSettings(settings({
  GF_SMTP_PASSWORD: 'mail', GF_DATABASE_URL: 'postgres://u:deep@db/x', GF_SERVER_CDN_URL: 'https://me:open@cdn.example.com', GF_USERS_HOME_PAGE: '', GF_FEATURE_TOGGLES_ENABLE: 'a, b c',
  GF_SECURITY_CSRF_TRUSTED_ORIGINS: 'friend.example.com', GF_LOG_LEVEL: 'warn',
}));

test('secrets are hidden by the name of section and key, in URLs by themselves; empty ones are shown empty', () => {
  expect([shown['smtp']!['password'], shown['security']!['secret_key'], shown['auth.basic']!['password_policy'], shown['auth.github']!['client_secret']]).toEqual(['*********', '*********', '*********', '']);
  expect([shown['database']!['url'], shown['server']!['cdn_url']]).toEqual(['postgres://u:xxxxx@db/x', 'https://me:xxxxx@cdn.example.com']);
  expect(JSON.stringify(shown)).not.toMatch(/"mail"|:deep|:open@/);
});

test('lists, inherited levels and what only the server decides are shown as they count', () => {
  expect([shown['feature_toggles']!['enable'], shown['log.console']!['level'], shown['database']!['max_open_conn'], shown['DEFAULT']!['target'], shown['security']!['csrf_trusted_origins'] ?? 'absent'])
    .toEqual(['a,b,c', 'warn', '0', 'all', 'friend.example.com']);
});

test('who may read a section or a key sees that and no more', () => {
  const may = (...scopes: string[]) => ({ has: (action: string, ...wanted: readonly string[]) => action === 'settings:read' && wanted.some((scope) => scopes.includes(scope)) });
  expect(visibleSettings(shown, may('settings:*'))).toBe(shown);
  expect(Object.keys(visibleSettings(shown, may('settings:smtp:*', 'settings:log:level')))).toEqual(['log', 'smtp']);
  expect(visibleSettings(shown, may('settings:log:level'))).toEqual({ log: { level: 'warn' } });
  expect(visibleSettings(shown, may())).toEqual({});
});

async function aDatabase() {
  const db = await openTestDatabase(migrations);
  const user = async (login: string, role: string, seenAgo: number, more: Record<string, unknown> = {}) => {
    const id = await db.insertReturningId('user', {
      uid: login, login, email: login, name: '', password: '', salt: '', rands: '', org_id: 1, is_admin: false, is_disabled: false, is_service_account: false, is_provisioned: false,
      email_verified: false, theme: '', help_flags1: 0, last_seen_at: now - seenAgo, created: now, updated: now, ...more,
    });
    await db.insertReturningId('org_user', { org_id: 1, user_id: id, role, created: now, updated: now });
  };
  await db.insertReturningId('org', { version: 1, name: 'Main Org.', address1: '', address2: '', city: '', state: '', zip_code: '', country: '', created: now, updated: now });
  await user('admin', 'Admin', 0, { is_admin: true });
  await user('vic', 'Viewer', 2 * day);
  await user('eve', 'Editor', 40 * day);
  await user('robot', 'Editor', 0, { is_service_account: true });
  return db;
}

test('people are counted once, by role and by when they were seen; robots are no users, but have roles', async () => {
  const { stats, serviceAccounts } = await createAdminService({ db: await aDatabase(), clock: { now: () => now }, countTags: () => 3 }).counts();
  expect(stats).toMatchObject({ orgs: 1, users: 3, admins: 1, editors: 2, viewers: 1, activeUsers: 2, activeEditors: 0, dailyActiveUsers: 1, tags: 3, dashboards: 0 });
  expect(serviceAccounts).toBe(1);
});

test('the report keeps its anonymous id and says nothing but numbers', async () => {
  const db = await aDatabase();
  const kv = createKeyValueStore({ db, clock: { now: () => now } });
  const admin = createAdminService({ db, clock: { now: () => now } });
  const make = () => usageReport({ kv, counts: () => admin.counts(), plugins: () => ({ app: 1, datasource: 2, panel: 3 }), signIn: { anonymous: true }, packaging: 'unknown' });
  const [first, second] = [await make(), await make()];
  expect(first.usageStatsId).toBe(second.usageStatsId);
  expect(first).toMatchObject({ edition: 'oss', version: '12_4_0', metrics: { 'stats.users.count': 3, 'stats.plugins.panels.count': 3, 'stats.auth_enabled.anonymous.count': 1 } });
  expect(Object.values(first.metrics).every((value) => typeof value === 'number')).toBe(true);
});

test('the process describes itself to Prometheus', async () => {
  const registry = new Registry();
  const { ini, toggles } = settings({ GF_FEATURE_TOGGLES_ENABLE: 'ofOurOwn' });
  createServerMetrics({ registry, ini, toggles });
  const text = await registry.metrics();
  expect(text).toMatch(/^grafana_build_info\{version="12\.4\.0",.*edition="oss"\} 1$/m);
  expect(text).toMatch(/^grafana_feature_toggles_info\{name="ofOurOwn"\} 1$/m);
  expect(text).toMatch(/^grafana_instance_start_total 1$/m);
});
