import type { Ini } from './ini.ts';

/** `[unified_storage]` (apiserver-and-storage §7.5). */
export interface NamespaceQuotaSettings {
  readonly enforced: boolean;
  /** YAML file; '' for none, and then there are no limits. */
  readonly overridesPath: string;
  readonly reloadMs: number;
  /** What a refusal ends with: whom to ask. */
  readonly supportInfo: string;
}

/** `[quota]` (identity-and-access §5.4): -1 is unlimited, 0 nothing. */
export interface QuotaSettings {
  readonly enabled: boolean;
  readonly org: Readonly<Record<string, number>>;
  readonly user: Readonly<Record<string, number>>;
  readonly global: Readonly<Record<string, number>>;
  readonly namespaces: NamespaceQuotaSettings;
}

export function readQuotaSettings(ini: Ini): QuotaSettings {
  const quota = ini.section('quota');
  const storage = ini.section('unified_storage');
  return {
    enabled: quota.bool('enabled'),
    namespaces: {
      enforced: storage.bool('enforce_quotas'), overridesPath: storage.string('overrides_path'), reloadMs: storage.duration('overrides_reload_period', 30_000),
      supportInfo: storage.string('quotas_error_message_support_info'),
    },
    org: {
      org_user: quota.int('org_user', 10), dashboard: quota.int('org_dashboard', 100), data_source: quota.int('org_data_source', 10),
      api_key: quota.int('org_api_key', 10), alert_rule: quota.int('org_alert_rule', 100),
    },
    user: { org_user: quota.int('user_org', 10) },
    global: {
      user: quota.int('global_user', -1), org: quota.int('global_org', -1), dashboard: quota.int('global_dashboard', -1),
      data_source: quota.int('global_data_source', -1), api_key: quota.int('global_api_key', -1), session: quota.int('global_session', -1),
      alert_rule: quota.int('global_alert_rule', -1), file: quota.int('global_file', 1000), correlations: quota.int('global_correlations', -1),
    },
  };
}
