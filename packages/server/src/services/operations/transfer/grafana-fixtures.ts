/** A database as Grafana 12 keeps it, in miniature: the tables and columns that an import reads. */
import type { DatabaseName } from '../../../infra/db/database.ts';

type Values = Readonly<Record<string, unknown>>;

/** `t` text, `i` integer, `b` boolean, `d` time, `x` bytes. */
const tables: Readonly<Record<string, Readonly<Record<string, 't' | 'i' | 'b' | 'd' | 'x'>>>> = {
  user: { id: 'i', uid: 't', login: 't', email: 't', is_service_account: 'b', is_admin: 'b' },
  team: { id: 'i', uid: 't', org_id: 'i', name: 't' },
  dashboard: {
    id: 'i', version: 'i', slug: 't', title: 't', data: 't', org_id: 'i', created: 'd', updated: 'd', updated_by: 'i', created_by: 'i', plugin_id: 't', folder_id: 'i', is_folder: 'b', uid: 't',
    deleted: 'd', api_version: 't', folder_uid: 't',
  },
  dashboard_version: { id: 'i', dashboard_id: 'i', parent_version: 'i', restored_from: 'i', version: 'i', created: 'd', created_by: 'i', message: 't', data: 't' },
  dashboard_provisioning: { id: 'i', dashboard_id: 'i', name: 't', external_id: 't', updated: 'i', check_sum: 't' },
  folder: { id: 'i', uid: 't', org_id: 'i', title: 't', description: 't', parent_uid: 't', created: 'd', updated: 'd' },
  playlist: { id: 'i', name: 't', interval: 't', org_id: 'i', uid: 't', created_at: 'i', updated_at: 'i' },
  playlist_item: { id: 'i', playlist_id: 'i', type: 't', value: 't', title: 't', order: 'i' },
  library_element: {
    id: 'i', org_id: 'i', folder_id: 'i', uid: 't', name: 't', kind: 'i', type: 't', description: 't', model: 't', created: 'd', created_by: 'i', updated: 'd', updated_by: 'i', version: 'i', folder_uid: 't',
  },
  annotation: {
    id: 'i', org_id: 'i', alert_id: 'i', user_id: 'i', dashboard_id: 'i', panel_id: 'i', text: 't', prev_state: 't', new_state: 't', data: 't', epoch: 'i', epoch_end: 'i', tags: 't', created: 'i',
    updated: 'i', dashboard_uid: 't',
  },
  star: { id: 'i', user_id: 'i', dashboard_id: 'i', dashboard_uid: 't', org_id: 'i', updated: 'd' },
  preferences: {
    id: 'i', org_id: 'i', user_id: 'i', version: 'i', home_dashboard_id: 'i', timezone: 't', theme: 't', created: 'd', updated: 'd', team_id: 'i', week_start: 't', json_data: 't',
  },
  short_url: { id: 'i', org_id: 'i', uid: 't', path: 't', created_by: 'i', created_at: 'i', last_seen_at: 'i' },
  dashboard_snapshot: {
    id: 'i', name: 't', key: 't', delete_key: 't', org_id: 'i', user_id: 'i', external: 'b', external_url: 't', dashboard: 't', expires: 'd', created: 'd', updated: 'd', external_delete_url: 't',
    dashboard_encrypted: 'x',
  },
  data_keys: { name: 't', active: 'b', scope: 't', label: 't', provider: 't', encrypted_data: 'x', created: 'd', updated: 'd' },
  dashboard_public: {
    uid: 't', dashboard_uid: 't', org_id: 'i', access_token: 't', created_by: 'i', updated_by: 'i', created_at: 'd', updated_at: 'd', is_enabled: 'b', annotations_enabled: 'b',
    time_selection_enabled: 'b', share: 't',
  },
  query_history: { id: 'i', uid: 't', org_id: 'i', datasource_uid: 't', created_by: 'i', created_at: 'i', comment: 't', queries: 't' },
  query_history_star: { id: 'i', query_uid: 't', user_id: 'i', org_id: 'i' },
  query_history_details: { id: 'i', query_history_item_uid: 't', datasource_uid: 't' },
  correlation: { id: 'i', uid: 't', org_id: 'i', source_uid: 't', target_uid: 't', label: 't', description: 't', config: 't', provisioned: 'b', type: 't' },
  role: { id: 'i', org_id: 'i', name: 't', uid: 't' },
  permission: { id: 'i', role_id: 'i', action: 't', scope: 't' },
  alert_rule: { id: 'i', uid: 't' },
  resource: { guid: 't', resource_version: 'i', group: 't', resource: 't', namespace: 't', name: 't', value: 't', action: 'i', folder: 't', previous_resource_version: 'i' },
  resource_history: { guid: 't', resource_version: 'i', group: 't', resource: 't', namespace: 't', name: 't', value: 't', action: 'i', folder: 't', previous_resource_version: 'i' },
  resource_version: { group: 't', resource: 't', resource_version: 'i' },
};

const types: Readonly<Record<DatabaseName, Readonly<Record<'t' | 'i' | 'b' | 'd' | 'x', string>>>> = {
  sqlite: { t: 'text', i: 'integer', b: 'integer', d: 'datetime', x: 'blob' },
  postgres: { t: 'text', i: 'bigint', b: 'boolean', d: 'timestamp', x: 'bytea' },
  mysql: { t: 'longtext', i: 'bigint', b: 'tinyint(1)', d: 'datetime', x: 'longblob' },
};

/** Statements that make the tables, those left out excepted. */
export function grafanaSchema(database: DatabaseName, without: readonly string[] = []): string[] {
  return Object.entries(tables).filter(([name]) => !without.includes(name))
    .map(([name, columns]) => `create table "${name}" (${Object.entries(columns).map(([column, type]) => `"${column}" ${types[database][type]}`).join(', ')})`);
}

export function insertion(database: DatabaseName, table: string, row: Values): { sql: string; values: unknown[] } {
  const columns = Object.keys(row);
  const values = columns.map((column) => (tables[table]![column] === 'b' && database !== 'postgres' ? Number(row[column]) : row[column]));
  return { sql: `insert into "${table}" (${columns.map((column) => `"${column}"`).join(', ')}) values (${columns.map(() => '?').join(', ')})`, values };
}

const at = '2025-03-01 10:00:00';
const later = '2025-03-02 11:30:00';

/** One of everything. `cipher` is the encrypted dashboard of a snapshot, `wrapped` its data key. */
export function grafanaRows({ cipher, wrapped }: { cipher: Buffer; wrapped: Buffer }): (readonly [string, Values])[] {
  const kettle = { id: 11, uid: 'kettle', version: 3, title: 'Kettle', tags: ['hot', 'water'], panels: [{ id: 1, type: 'text', title: 'é ☃ "quoted"' }], refresh: '5s' };
  return [
    ['user', { id: 1, uid: 'u-admin', login: 'admin', email: 'a@x', is_service_account: false, is_admin: true }],
    ['user', { id: 2, uid: 'u-ada', login: 'ada', email: 'ada@x', is_service_account: false, is_admin: false }],
    ['user', { id: 3, uid: 'u-gone', login: 'gone', email: 'gone@x', is_service_account: false, is_admin: false }],
    ['team', { id: 1, uid: 't-1', org_id: 1, name: 'Kitchen' }],
    ['folder', { id: 1, uid: 'house', org_id: 1, title: 'House', description: 'all of it', parent_uid: null, created: at, updated: at }],
    ['folder', { id: 2, uid: 'bath', org_id: 1, title: 'Bath', description: null, parent_uid: 'house', created: at, updated: at }],
    ['dashboard', { id: 9, version: 1, slug: 'house', title: 'House', data: '{}', org_id: 1, created: at, updated: at, updated_by: 2, created_by: 2, plugin_id: '', folder_id: 0, is_folder: true, uid: 'house', folder_uid: null }],
    ['dashboard', { id: 10, version: 1, slug: 'bath', title: 'Bath', data: '{}', org_id: 1, created: at, updated: at, updated_by: 2, created_by: 2, plugin_id: '', folder_id: 9, is_folder: true, uid: 'bath', folder_uid: 'house' }],
    ['dashboard', { id: 11, version: 3, slug: 'kettle', title: 'Kettle', data: JSON.stringify(kettle), org_id: 1, created: at, updated: later, updated_by: 2, created_by: 3, plugin_id: '', folder_id: 10, is_folder: false, uid: 'kettle', folder_uid: 'bath' }],
    ['dashboard', { id: 12, version: 1, slug: 'lamp', title: 'Lamp', data: '{"title":"Lamp","uid":"lamp","id":12,"version":1,"x":1.0}', org_id: 1, created: at, updated: at, updated_by: 1, created_by: 1, plugin_id: '', folder_id: 0, is_folder: false, uid: 'lamp', folder_uid: '' }],
    ['dashboard', { id: 13, version: 2, slug: 'old', title: 'Old', data: '{"title":"Old"}', org_id: 1, created: at, updated: at, updated_by: 1, created_by: 1, plugin_id: '', folder_id: 0, is_folder: false, uid: 'old', folder_uid: '', deleted: later }],
    ['dashboard_version', { id: 1, dashboard_id: 11, parent_version: 0, restored_from: 0, version: 1, created: at, created_by: 3, message: '', data: '{"title":"Pot","id":11,"uid":"kettle","version":1}' }],
    ['dashboard_version', { id: 2, dashboard_id: 11, parent_version: 1, restored_from: 0, version: 2, created: at, created_by: 2, message: 'hotter', data: '{"title":"Kettle","id":11}' }],
    ['dashboard_version', { id: 3, dashboard_id: 11, parent_version: 2, restored_from: 0, version: 3, created: later, created_by: 2, message: 'hottest', data: JSON.stringify(kettle) }],
    ['dashboard_provisioning', { id: 1, dashboard_id: 12, name: 'files', external_id: '/etc/lamp.json', updated: 1_740_000_000, check_sum: 'abc' }],
    ['playlist', { id: 1, name: 'Round', interval: '5m', org_id: 1, uid: 'round', created_at: 1_740_000_000_000, updated_at: 1_740_000_000_000 }],
    ['playlist_item', { id: 1, playlist_id: 1, type: 'dashboard_by_uid', value: 'kettle', title: 'Kettle', order: 1 }],
    ['playlist_item', { id: 2, playlist_id: 1, type: 'dashboard_by_tag', value: 'hot', title: '', order: 2 }],
    ['library_element', { id: 1, org_id: 1, folder_id: 9, uid: 'gauge', name: 'Gauge', kind: 1, type: 'gauge', description: 'how hot', model: '{"type":"gauge","title":"Gauge"}', created: at, created_by: 2, updated: later, updated_by: 2, version: 4, folder_uid: 'house' }],
    ['alert_rule', { id: 77, uid: 'rule-77' }],
    ['annotation', { id: 1, org_id: 1, alert_id: 0, user_id: 2, dashboard_id: 11, panel_id: 1, text: 'boiled', prev_state: '', new_state: '', data: '{}', epoch: 1_740_000_000_000, epoch_end: 1_740_000_060_000, tags: '["hot","site:north"]', created: 1_740_000_000_000, updated: 1_740_000_000_000, dashboard_uid: null }],
    ['annotation', { id: 2, org_id: 1, alert_id: 77, user_id: 0, dashboard_id: 0, panel_id: 0, text: 'alert', prev_state: 'Normal', new_state: 'Alerting', data: '{"a":1}', epoch: 1_740_000_000_000, epoch_end: 0, tags: null, created: 1_740_000_000_001, updated: 1_740_000_000_001, dashboard_uid: '' }],
    ['star', { id: 1, user_id: 2, dashboard_id: 11, dashboard_uid: null, org_id: 1, updated: at }],
    ['star', { id: 2, user_id: 3, dashboard_id: 11, dashboard_uid: 'kettle', org_id: 1, updated: at }],
    ['preferences', { id: 1, org_id: 1, user_id: 0, version: 1, home_dashboard_id: 12, timezone: 'utc', theme: 'dark', created: at, updated: at, team_id: 0, week_start: null, json_data: null }],
    ['preferences', { id: 2, org_id: 1, user_id: 2, version: 1, home_dashboard_id: 0, timezone: '', theme: 'light', created: at, updated: at, team_id: 0, week_start: 'monday', json_data: '{"language":"de-DE"}' }],
    ['preferences', { id: 3, org_id: 1, user_id: 0, version: 1, home_dashboard_id: 0, timezone: '', theme: 'dark', created: at, updated: at, team_id: 1, week_start: '', json_data: null }],
    ['short_url', { id: 1, org_id: 1, uid: 'short', path: 'd/kettle', created_by: 2, created_at: 1_740_000_000, last_seen_at: 0 }],
    ['data_keys', { name: 'key-1', active: true, scope: 'root', label: '2025-03-01/root@secretKey.v1', provider: 'secretKey.v1', encrypted_data: wrapped, created: at, updated: at }],
    ['dashboard_snapshot', { id: 1, name: 'Snap', key: 'k'.repeat(32), delete_key: 'd'.repeat(32), org_id: 1, user_id: 2, external: false, external_url: '', dashboard: '', expires: '2075-01-01 00:00:00', created: at, updated: at, external_delete_url: '', dashboard_encrypted: cipher }],
    ['dashboard_public', { uid: 'pub', dashboard_uid: 'lamp', org_id: 1, access_token: 'a'.repeat(32), created_by: 1, updated_by: 1, created_at: at, updated_at: later, is_enabled: true, annotations_enabled: false, time_selection_enabled: true, share: 'public' }],
    ['query_history', { id: 1, uid: 'q1', org_id: 1, datasource_uid: 'prom', created_by: 2, created_at: 1_740_000_000, comment: 'mine', queries: '[{"refId":"A","expr":"up"}]' }],
    ['query_history_star', { id: 1, query_uid: 'q1', user_id: 2, org_id: 1 }],
    ['query_history_details', { id: 1, query_history_item_uid: 'q1', datasource_uid: 'prom' }],
    ['correlation', { id: 1, uid: 'c1', org_id: 1, source_uid: 'prom', target_uid: 'loki', label: 'logs', description: '', config: '{"field":"x","target":{}}', provisioned: false, type: 'query' }],
    ['role', { id: 5, org_id: 1, name: 'managed:builtins:viewer:permissions', uid: 'r5' }],
    ['role', { id: 6, org_id: 1, name: 'managed:users:2:permissions', uid: 'r6' }],
    ['role', { id: 7, org_id: 1, name: 'managed:users:3:permissions', uid: 'r7' }],
    ['permission', { id: 1, role_id: 5, action: 'folders:view', scope: 'folders:uid:house' }],
    ['permission', { id: 2, role_id: 6, action: 'dashboards:read', scope: 'dashboards:uid:lamp' }],
    ['permission', { id: 3, role_id: 6, action: 'dashboards:write', scope: 'dashboards:uid:lamp' }],
    ['permission', { id: 4, role_id: 7, action: 'dashboards:admin', scope: 'dashboards:uid:lamp' }],
    ['permission', { id: 5, role_id: 5, action: 'datasources:read', scope: 'datasources:uid:prom' }],
  ];
}

/** The unified tables with a dashboard of two versions, one in the trash, and a folder. */
export function unifiedRows(): (readonly [string, Values])[] {
  const dashboards = { group: 'dashboard.grafana.app', resource: 'dashboards', namespace: 'default' };
  const object = (name: string, generation: number, spec: string, more: object = {}) =>
    `{"kind":"Dashboard","apiVersion":"dashboard.grafana.app/v1beta1","metadata":${JSON.stringify({
      name, namespace: 'default', uid: `uid-${name}`, creationTimestamp: '2025-03-01T10:00:00Z', generation, labels: { 'grafana.app/deprecatedInternalID': '4711' },
      annotations: { 'grafana.app/createdBy': 'user:u-ada', 'grafana.app/folder': 'attic', ...(generation > 1 ? { 'grafana.app/updatedBy': 'user:u-gone', 'grafana.app/updatedTimestamp': '2025-03-02T11:30:00Z' } : {}) },
      ...more,
    })},"spec":${spec},"status":{}}`;
  const folder = {
    group: 'folder.grafana.app', resource: 'folders', namespace: 'default', name: 'attic', folder: '',
    value: '{"kind":"Folder","apiVersion":"folder.grafana.app/v1beta1","metadata":{"name":"attic","uid":"uf","creationTimestamp":"2025-03-01T10:00:00Z","generation":1,"annotations":{"grafana.app/createdBy":"user:u-ada"}},"spec":{"title":"Attic"}}',
  };
  const first = object('clock', 1, '{"title":"Clock","panels":[]}');
  const second = object('clock', 2, '{"title":"Clock II","panels":[],"x":1.50}');
  const gone = object('gone', 1, '{"title":"Gone"}');
  const marker = object('gone', -999, '{"title":"Gone"}', { deletionTimestamp: '2025-03-03T10:00:00Z' });
  return [
    ['resource_version', { group: dashboards.group, resource: dashboards.resource, resource_version: 1_741_000_000_000_004 }],
    ['resource_version', { group: folder.group, resource: folder.resource, resource_version: 1_741_000_000_000_001 }],
    ['resource', { ...folder, guid: 'g0', resource_version: 1_741_000_000_000_001, action: 1, previous_resource_version: 0 }],
    ['resource_history', { ...folder, guid: 'g0', resource_version: 1_741_000_000_000_001, action: 1, previous_resource_version: 0 }],
    ['resource', { ...dashboards, name: 'clock', folder: 'attic', guid: 'g2', resource_version: 1_741_000_000_000_002, value: second, action: 2, previous_resource_version: 1_741_000_000_000_001 }],
    ['resource_history', { ...dashboards, name: 'clock', folder: 'attic', guid: 'g1', resource_version: 1_741_000_000_000_001, value: first, action: 1, previous_resource_version: 0 }],
    ['resource_history', { ...dashboards, name: 'clock', folder: 'attic', guid: 'g2', resource_version: 1_741_000_000_000_002, value: second, action: 2, previous_resource_version: 1_741_000_000_000_001 }],
    ['resource_history', { ...dashboards, name: 'gone', folder: 'attic', guid: 'g3', resource_version: 1_741_000_000_000_003, value: gone, action: 1, previous_resource_version: 0 }],
    ['resource_history', { ...dashboards, name: 'gone', folder: 'attic', guid: 'g4', resource_version: 1_741_000_000_000_004, value: marker, action: 3, previous_resource_version: 1_741_000_000_000_003 }],
    ['resource', { group: 'iam.grafana.app', resource: 'things', namespace: 'default', name: 'x', guid: 'g9', resource_version: 5, value: '{}', action: 1, folder: '', previous_resource_version: 0 }],
  ];
}
