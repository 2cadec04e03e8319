import { Secret } from '../util/secret.ts';
import { SettingError, type Ini } from './ini.ts';

/** `[unified_alerting]` and its children, `[recording_rules]`, quotas of rules (alerting-rules §2, alerting-notifications §10). */
export interface AlertingSettings {
  readonly enabled: boolean;
  readonly executeAlerts: boolean;
  readonly disabledOrgs: readonly number[];
  readonly adminConfigPollIntervalMs: number;
  readonly alertmanagerConfigPollIntervalMs: number;
  readonly evaluationTimeoutMs: number;
  readonly maxAttempts: number;
  readonly initialRetryDelayMs: number;
  readonly maxRetryDelayMs: number;
  readonly randomizationFactor: number;
  readonly minIntervalSeconds: number;
  /** When a group names none. */
  readonly defaultIntervalSeconds: number;
  readonly disableJitter: boolean;
  readonly resolvedAlertRetentionMs: number;
  readonly notificationLogRetentionMs: number;
  /** 0: all. */
  readonly ruleVersionsMax: number;
  /** 0: no trash. */
  readonly deletedRuleRetentionMs: number;
  readonly backtestingEvaluationsMax: number;
  readonly silencesMax: number;
  readonly silenceBytesMax: number;
  readonly templateOutputBytesMax: number;
  readonly folderLabelEnabled: boolean;
  readonly history: HistorySettings;
  /** Where deliveries are remembered; undefined: nowhere. */
  readonly notificationHistory: LokiStorageSettings | undefined;
  readonly conversion: { readonly queryOffsetMs: number; readonly defaultDatasourceUid: string };
  readonly recording: { readonly enabled: boolean; readonly timeoutMs: number; readonly defaultDatasourceUid: string; readonly customHeaders: Readonly<Record<string, string>> };
  /** < 0: no limit. */
  readonly resultsMax: number;
}

export type HistoryBackend = 'annotations' | 'loki' | 'prometheus';

export interface LokiStorageSettings {
  readonly readUrl: string;
  readonly writeUrl: string;
  readonly tenantId: string;
  readonly user: string;
  readonly password: Secret;
  readonly queryLengthMaxMs: number;
  readonly queryBytesMax: number;
  readonly externalLabels: Readonly<Record<string, string>>;
}

export interface HistorySettings {
  readonly enabled: boolean;
  /** The first answers queries, all are written to. */
  readonly backends: readonly [HistoryBackend, ...HistoryBackend[]];
  readonly loki: LokiStorageSettings;
  readonly prometheus: { readonly metric: string; readonly datasourceUid: string; readonly timeoutMs: number };
}

/** Where lines are written to and read from. Fails where it is `needed` and not said. */
function lokiSettings(ini: Ini, section: string, needed: boolean): LokiStorageSettings {
  const [s, labels] = [ini.section(section), ini.section(`${section}.external_labels`)];
  const url = (key: string) => (s.string(key) || s.string('loki_remote_url')).replace(/\/+$/, '');
  const [readUrl, writeUrl] = [url('loki_remote_read_url'), url('loki_remote_write_url')];
  if (needed && !URL.canParse(readUrl)) s.fail('loki_remote_read_url', 'the loki backend needs an address to read from (or loki_remote_url)');
  if (needed && !URL.canParse(writeUrl)) s.fail('loki_remote_write_url', 'the loki backend needs an address to write to (or loki_remote_url)');
  return {
    readUrl, writeUrl, tenantId: s.string('loki_tenant_id'), user: s.string('loki_basic_auth_username'), password: new Secret(s.string('loki_basic_auth_password')),
    queryLengthMaxMs: s.duration('loki_max_query_length', 721 * 3_600_000), queryBytesMax: s.int('loki_max_query_size', 65_536), externalLabels: Object.fromEntries(labels.keys().map((key) => [key, labels.string(key)])),
  };
}

function notificationHistorySettings(ini: Ini): LokiStorageSettings | undefined {
  const section = 'unified_alerting.notification_history';
  return ini.section(section).bool('enabled') ? lokiSettings(ini, section, true) : undefined;
}

function historySettings(ini: Ini): HistorySettings {
  const s = ini.section('unified_alerting.state_history');
  const enabled = s.bool('enabled', true);
  const known = (key: string, name: string): HistoryBackend => {
    if (name === 'annotations' || name === 'loki' || name === 'prometheus') return name;
    return enabled ? s.fail(key, `'${name}' is no backend of the state history: annotations, loki, prometheus, multiple`) : 'annotations';
  };
  const backend = s.string('backend', 'annotations').toLowerCase() || 'annotations';
  const backends: HistorySettings['backends'] = backend === 'multiple'
    ? [known('primary', s.string('primary').toLowerCase()), ...s.list('secondaries').map((name) => known('secondaries', name.toLowerCase()))]
    : [known('backend', backend)];
  const prometheus = { metric: s.string('prometheus_metric_name', 'GRAFANA_ALERTS') || 'GRAFANA_ALERTS', datasourceUid: s.string('prometheus_target_datasource_uid'), timeoutMs: s.duration('prometheus_write_timeout', 10_000) };
  if (enabled && backends.includes('prometheus') && prometheus.datasourceUid === '') s.fail('prometheus_target_datasource_uid', 'the prometheus backend needs a data source to write to');
  return {
    enabled, backends, prometheus,
    loki: lokiSettings(ini, 'unified_alerting.state_history', enabled && backends.includes('loki')),
  };
}

const baseIntervalSeconds = 10;
const days = 86_400_000;

export function readAlertingSettings(ini: Ini): AlertingSettings {
  const s = ini.section('unified_alerting');
  const conversion = ini.section('unified_alerting.prometheus_conversion');
  const recording = ini.section('recording_rules');
  const headers = ini.section('recording_rules.custom_headers');
  const quota = ini.section('quota');
  const fail = (key: string, reason: string): never => {
    throw new SettingError(`[unified_alerting] ${key}`, reason);
  };
  const notNegative = (key: string, value: number) => (value < 0 ? fail(key, 'cannot be negative') : value);
  const minIntervalSeconds = s.duration('min_interval', baseIntervalSeconds * 1000) / 1000;
  if (minIntervalSeconds < baseIntervalSeconds || minIntervalSeconds % baseIntervalSeconds !== 0) {
    fail('min_interval', `value of setting 'min_interval' should be greater than the base interval (${baseIntervalSeconds}s) and a multiple of it`);
  }
  if (ini.section('alerting').bool('enabled')) throw new SettingError('[alerting] enabled', 'alerting as it was before unified alerting is gone; remove the setting, [unified_alerting] is on');
  const factor = s.number('randomization_factor', 0.1);
  const legacyTimeout = s.int('evaluation_timeout_seconds', 30) * 1000;
  return {
    enabled: s.string('enabled') === '' ? true : s.bool('enabled', true),
    executeAlerts: s.bool('execute_alerts', true) && ini.section('alerting').bool('execute_alerts', true),
    disabledOrgs: s.string('disabled_orgs').split(/[\s,]+/).filter((id) => /^\d+$/.test(id)).map(Number),
    adminConfigPollIntervalMs: s.duration('admin_config_poll_interval', 60_000), alertmanagerConfigPollIntervalMs: s.duration('alertmanager_config_poll_interval', 60_000),
    evaluationTimeoutMs: s.duration('evaluation_timeout', legacyTimeout), maxAttempts: Math.max(1, s.int('max_attempts', 3)),
    initialRetryDelayMs: s.duration('initial_retry_delay', 1000), maxRetryDelayMs: s.duration('max_retry_delay', 4000), randomizationFactor: factor >= 0 && factor <= 1 ? factor : 0.1,
    minIntervalSeconds, defaultIntervalSeconds: Math.max(60, minIntervalSeconds), disableJitter: s.bool('disable_jitter'),
    resolvedAlertRetentionMs: s.duration('resolved_alert_retention', 900_000), notificationLogRetentionMs: s.duration('notification_log_retention', 5 * days),
    ruleVersionsMax: notNegative('rule_version_record_limit', s.int('rule_version_record_limit', 0)),
    deletedRuleRetentionMs: notNegative('deleted_rule_retention', s.duration('deleted_rule_retention', 30 * days)),
    backtestingEvaluationsMax: s.int('backtesting_max_evaluations', 100),
    silencesMax: s.int('alertmanager_max_silences_count', 0), silenceBytesMax: s.int('alertmanager_max_silence_size_bytes', 0),
    templateOutputBytesMax: s.int('alertmanager_max_template_output_bytes', 10_485_760) || Number.MAX_SAFE_INTEGER,
    folderLabelEnabled: !ini.section('unified_alerting.reserved_labels').list('disabled_labels').includes('grafana_folder'),
    history: historySettings(ini), notificationHistory: notificationHistorySettings(ini),
    conversion: { queryOffsetMs: conversion.duration('rule_query_offset', 60_000), defaultDatasourceUid: conversion.string('default_datasource_uid') },
    recording: {
      enabled: recording.bool('enabled', true), timeoutMs: recording.duration('timeout', 10_000), defaultDatasourceUid: recording.string('default_datasource_uid'),
      customHeaders: Object.fromEntries(headers.keys().map((key) => [key, headers.string(key)])),
    },
    resultsMax: quota.int('alerting_rule_evaluation_results', -1),
  };
}
