/** Databases that are asked in SQL. */
import type { DataQuery, DataSourceApi, QueryEditorProps, ScopedVars } from '@grafana/data';
import { getTemplateSrv } from '@grafana/runtime';
import { InlineFieldRow, Stack } from '@grafana/ui';
import type { CodeMirrorSqlDialect } from '@grafana/ui/unstable';
import { PlainSource } from '../../host/special-sources.ts';
import { CodeField } from '../parts/code-field.tsx';
import { Choice } from '../parts/fields.tsx';
import { PlainText, SettingChoice, SettingFlag, SettingNumber, SettingSecret, SettingsSection, SettingText } from '../parts/settings.tsx';
import type { SettingsFormProps, SourceModule } from '../source-modules.ts';

interface SqlQuery extends DataQuery {
  readonly rawSql?: string;
  readonly rawQuery?: boolean;
  readonly format?: 'table' | 'time_series';
  readonly editorMode?: string;
}

const quoted = (value: string) => value.replace(/'/g, "''");

/** Several values are a list; one is put in as it is, unless its variable could have had several. */
function sqlFormat(value: unknown, variable: { readonly multi?: boolean; readonly includeAll?: boolean }): string {
  if (Array.isArray(value)) return value.map((one) => `'${quoted(String(one))}'`).join(',');
  if (typeof value === 'number') return String(value);
  return variable.multi || variable.includeAll ? `'${quoted(String(value))}'` : quoted(String(value));
}

class SqlSource extends PlainSource {
  override filterQuery(query: DataQuery): boolean {
    return Boolean((query as SqlQuery).rawSql);
  }

  override applyTemplateVariables(query: DataQuery, scopedVars: ScopedVars): DataQuery {
    const { rawSql = '' } = query as SqlQuery;
    // Macros have the names of variables that the page could fill in; the server does it.
    const own = Object.fromEntries(Object.entries(scopedVars).filter(([name]) => name !== '__interval' && name !== '__interval_ms'));
    return { format: 'table', ...query, rawSql: getTemplateSrv().replace(rawSql, own, sqlFormat as never) } as DataQuery;
  }

  override getQueryDisplayText(query: DataQuery): string {
    return (query as SqlQuery).rawSql ?? '';
  }
}

const formats = [{ value: 'table', label: 'Table' }, { value: 'time_series', label: 'Time series' }] as const;

function editor(sqlDialect: CodeMirrorSqlDialect) {
  // biome-ignore lint/correctness/noComponentHookFactories: made once, when the module is loaded
  return function SqlQueryEditor({ query, onChange, onRunQuery }: QueryEditorProps<DataSourceApi<SqlQuery>, SqlQuery>) {
    const change = (some: Partial<SqlQuery>) => onChange({ format: 'table', ...query, rawQuery: true, editorMode: 'code', ...some });
    return (
      <Stack direction="column" gap={1}>
        <CodeField label="SQL query" language="sql" sqlDialect={sqlDialect} height="120px" value={query.rawSql ?? ''} onChange={(rawSql) => change({ rawSql })} onRun={onRunQuery} />
        <InlineFieldRow>
          <Choice label="Format" value={query.format ?? 'table'} options={formats} tooltip="A time series has a column named time, and rows in its order" onChange={(format) => { change({ format }); setTimeout(onRunQuery); }} />
        </InlineFieldRow>
      </Stack>
    );
  };
}

function settingsForm(kind: 'mysql' | 'postgres' | 'mssql', address: string) {
  // biome-ignore lint/correctness/noComponentHookFactories: made once, when the module is loaded
  return function SqlSettings(props: SettingsFormProps) {
    const inJson = kind === 'postgres';
    return (
      <>
        <SettingsSection title="Connection">
          <PlainText {...props} name="url" label="Host" placeholder={address} />
          {inJson ? <SettingText {...props} name="database" label="Database name" /> : <PlainText {...props} name="database" label="Database name" />}
          <PlainText {...props} name="user" label="Username" description="Give this account only the right to read what may be shown" />
          <SettingSecret {...props} name="password" label="Password" />
        </SettingsSection>
        <SettingsSection title="TLS">
          {kind === 'postgres' && <SettingChoice {...props} name="sslmode" label="TLS mode" first="require" options={['disable', 'require', 'verify-ca', 'verify-full']} />}
          {kind === 'postgres' && <SettingText {...props} name="sslRootCertFile" label="Root certificate file" />}
          {kind === 'mssql' && <SettingChoice {...props} name="encrypt" label="Encrypt" first="false" options={['disable', 'false', 'true']} />}
          {kind === 'mysql' && <SettingFlag {...props} name="tlsAuth" label="Use a client certificate" />}
          {kind === 'mysql' && <SettingFlag {...props} name="tlsSkipVerify" label="Skip verification of the certificate" />}
          {kind !== 'mssql' && <SettingSecret {...props} name="tlsCACert" label="CA certificate" />}
        </SettingsSection>
        <SettingsSection title="Limits">
          <SettingNumber {...props} name="maxOpenConns" label="Max open connections" placeholder="100" />
          <SettingNumber {...props} name="maxIdleConns" label="Max idle connections" placeholder="100" />
          <SettingNumber {...props} name="connMaxLifetime" label="Max lifetime of a connection" placeholder="14400" description="Seconds" />
          <SettingText {...props} name="timeInterval" label="Min time interval" placeholder="1m" />
          {kind === 'postgres' && <SettingFlag {...props} name="timescaledb" label="TimescaleDB" />}
        </SettingsSection>
      </>
    );
  };
}

export const mysql: SourceModule = { DataSource: SqlSource, QueryEditor: editor('mySql') as never, SettingsForm: settingsForm('mysql', 'localhost:3306') };
export const postgres: SourceModule = { DataSource: SqlSource, QueryEditor: editor('standardSql') as never, SettingsForm: settingsForm('postgres', 'localhost:5432') };
export const mssql: SourceModule = { DataSource: SqlSource, QueryEditor: editor('standardSql') as never, SettingsForm: settingsForm('mssql', 'localhost:1433') };
