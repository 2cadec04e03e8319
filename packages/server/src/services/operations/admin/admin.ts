/** What the administrator sees of the server: settings, counts, the usage report (config-and-operations §10). */

/** GET /api/admin/stats, in the order of the reference. */
export interface ServerStats {
  readonly orgs: number;
  readonly dashboards: number;
  readonly snapshots: number;
  readonly tags: number;
  readonly datasources: number;
  readonly playlists: number;
  readonly stars: number;
  readonly alerts: number;
  readonly users: number;
  readonly admins: number;
  readonly editors: number;
  readonly viewers: number;
  readonly activeUsers: number;
  readonly activeAdmins: number;
  readonly activeEditors: number;
  readonly activeViewers: number;
  readonly activeSessions: number;
  readonly dailyActiveUsers: number;
  readonly dailyActiveAdmins: number;
  readonly dailyActiveEditors: number;
  readonly dailyActiveViewers: number;
  readonly dailyActiveSessions: number;
  readonly monthlyActiveUsers: number;
  readonly activeDevices: number;
}

/** Further counts, for the report and the gauges. */
export interface ServerCounts {
  readonly stats: ServerStats;
  readonly folders: number;
  readonly libraryPanels: number;
  readonly teams: number;
  readonly serviceAccounts: number;
  readonly annotations: number;
  readonly alertRules: number;
  readonly ruleGroups: number;
  readonly sessions: number;
  readonly dashboardVersions: number;
  /** type -> how many. */
  readonly dataSourceTypes: ReadonlyMap<string, number>;
  /** type -> access -> how many. */
  readonly dataSourceAccess: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** What metrics count beside the statistics. */
export interface FurtherCounts {
  readonly publicDashboards: number;
  readonly correlations: number;
  readonly repositories: number;
  readonly dataKeys: { readonly active: number; readonly inactive: number };
}

export interface Person {
  readonly login: string;
  readonly isAdmin: boolean;
  readonly isDisabled: boolean;
}

export interface AdminService {
  counts(): Promise<ServerCounts>;
  furtherCounts(): Promise<FurtherCounts>;
  /** Everybody with an account, at most `max`. */
  people(max: number): Promise<readonly Person[]>;
}
