/**
 * The tables that hold content beside the resource store, as transfers see them. That these tables are content is a fact of the whole
 * server, so it is written down once, here; ids of rows are not part of it, for nothing outside refers to them.
 */

/** `json`: text that is JSON. `user`, `team`: an id that means somebody else in another database. `list`: texts that are kept in a table of their own. */
export type ColumnType = 'text' | 'number' | 'boolean' | 'json' | 'user' | 'team' | 'list' | 'users';

export interface ContentTable {
  readonly name: string;
  /** As reports and files call it. */
  readonly label: string;
  /** Besides `org_id`, which every row has. */
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Which row is the same one, besides the org (`everywhere`: the org has no part in it). */
  readonly key: readonly string[];
  readonly everywhere?: boolean;
  /** Column of the person without whom the row means nothing. */
  readonly owner?: string;
  /** Decrypted on the way out, encrypted on the way in: column -> where the ciphertext is kept. */
  readonly encrypted?: { readonly column: string; readonly stored: string };
  /** Rows without an id of their own. */
  readonly keyless?: boolean;
}

const person = { created_by: 'user', updated_by: 'user' } as const;

export const contentTables = {
  libraryElements: {
    name: 'library_element', label: 'library elements', key: ['uid'],
    columns: { uid: 'text', name: 'text', type: 'text', description: 'text', model: 'json', version: 'number', folder_uid: 'text', created: 'number', updated: 'number', ...person },
  },
  annotations: {
    name: 'annotation', label: 'annotations', key: ['dashboard_uid', 'panel_id', 'epoch_end', 'epoch', 'created', 'text'],
    columns: {
      dashboard_uid: 'text', panel_id: 'number', alert_id: 'number', alert_uid: 'text', user_id: 'user', prev_state: 'text', new_state: 'text', text: 'text', tags: 'json', data: 'json',
      epoch: 'number', epoch_end: 'number', created: 'number', updated: 'number',
    },
  },
  stars: { name: 'star', label: 'stars', key: ['user_id', 'dashboard_uid'], owner: 'user_id', columns: { user_id: 'user', dashboard_uid: 'text', created: 'number' } },
  preferences: {
    name: 'preferences', label: 'preferences', key: ['user_id', 'team_id'], owner: 'user_id',
    columns: {
      user_id: 'user', team_id: 'team', version: 'number', home_dashboard_uid: 'text', timezone: 'text', week_start: 'text', theme: 'text', json_data: 'json', created: 'number', updated: 'number',
    },
  },
  shortUrls: { name: 'short_url', label: 'short URLs', key: ['uid'], columns: { uid: 'text', path: 'text', created_by: 'user', created_at: 'number', last_seen_at: 'number' } },
  snapshots: {
    name: 'dashboard_snapshot', label: 'snapshots', key: ['key'], everywhere: true, encrypted: { column: 'dashboard', stored: 'dashboard_encrypted' },
    columns: {
      name: 'text', key: 'text', delete_key: 'text', user_id: 'user', external: 'boolean', external_url: 'text', external_delete_url: 'text', dashboard: 'json', expires: 'number',
      created: 'number', updated: 'number',
    },
  },
  publicDashboards: {
    name: 'dashboard_public', label: 'public dashboards', key: ['uid'], everywhere: true, keyless: true,
    columns: {
      uid: 'text', dashboard_uid: 'text', access_token: 'text', time_selection_enabled: 'boolean', is_enabled: 'boolean', annotations_enabled: 'boolean', share: 'text', created_by: 'user',
      created_at: 'number', updated_by: 'user', updated_at: 'number',
    },
  },
  queryHistory: {
    name: 'query_history', label: 'query history', key: ['uid'], owner: 'created_by',
    columns: { uid: 'text', datasource_uid: 'text', created_by: 'user', created_at: 'number', comment: 'text', queries: 'json', datasources: 'list', starred_by: 'users' },
  },
  correlations: {
    name: 'correlation', label: 'correlations', key: ['source_uid', 'uid'],
    columns: { uid: 'text', source_uid: 'text', target_uid: 'text', label: 'text', description: 'text', config: 'json', provisioned: 'boolean', type: 'text' },
  },
} satisfies Record<string, ContentTable>;

export const allContentTables: readonly ContentTable[] = Object.values(contentTables);

/** Columns that are columns of the table itself. */
export const ownColumns = ({ columns, encrypted }: ContentTable): string[] =>
  Object.entries(columns).filter(([name, type]) => type !== 'list' && type !== 'users' && name !== encrypted?.column).map(([name]) => name);
