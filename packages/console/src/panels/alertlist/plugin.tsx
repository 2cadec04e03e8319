/** Alert rules and the state they are in. */
import { css } from '@emotion/css';
import { PanelPlugin, type GrafanaTheme2, type PanelProps } from '@grafana/data';
import { Alert, Badge, LoadingPlaceholder, useStyles2, type BadgeColor } from '@grafana/ui';
import { Link } from 'react-router-dom';
import { api, useLoaded } from '../../api/client.ts';
import { NoData } from '../parts/no-data.tsx';

interface AlertListOptions {
  readonly maxItems: number;
  readonly alertName: string;
  readonly viewMode: 'list' | 'stat';
  readonly showInactiveAlerts: boolean;
  readonly stateFilter: { readonly firing: boolean; readonly pending: boolean; readonly noData: boolean; readonly normal: boolean; readonly error: boolean; readonly recovering?: boolean };
}

interface Rule {
  readonly uid?: string;
  readonly name: string;
  readonly state: string;
  readonly health: string;
  readonly type: string;
  readonly folder: string;
  readonly alerts: number;
}

interface Answer {
  readonly data: { readonly groups: readonly { readonly file: string; readonly rules: readonly { readonly uid?: string; readonly name: string; readonly state?: string; readonly health: string; readonly type: string; readonly alerts?: readonly { readonly state: string }[] }[] }[] };
}

const colors: Readonly<Record<string, BadgeColor>> = { firing: 'red', pending: 'orange', recovering: 'orange', nodata: 'blue', error: 'red', inactive: 'green' };
const names: Readonly<Record<string, string>> = { firing: 'Firing', pending: 'Pending', recovering: 'Recovering', nodata: 'No data', error: 'Error', inactive: 'Normal' };

const stateOf = ({ state, health }: Rule) => (health === 'error' ? 'error' : health === 'nodata' ? 'nodata' : state);

export function AlertListPanel({ options, replaceVariables, renderCounter }: PanelProps<AlertListOptions>) {
  const styles = useStyles2(stylesOf);
  const found = useLoaded(async () => (await api.get<Answer>('/api/prometheus/grafana/api/v1/rules')).data.groups.flatMap(({ file, rules }) =>
    rules.filter(({ type }) => type === 'alerting').map((rule): Rule => ({ ...rule, state: rule.state ?? 'inactive', folder: file, alerts: (rule.alerts ?? []).filter(({ state }) => /^(alerting|pending|firing)/i.test(state)).length }))), String(Math.floor(renderCounter / 1000)));
  if (found.error) return <Alert severity="error" title="The alert rules could not be listed">{found.error}</Alert>;
  if (!found.value) return <LoadingPlaceholder text="Loading" />;
  const filter = options.stateFilter;
  const wanted: Readonly<Record<string, boolean | undefined>> = { firing: filter?.firing, pending: filter?.pending, recovering: filter?.recovering, nodata: filter?.noData, error: filter?.error, inactive: filter?.normal };
  const named = replaceVariables(options.alertName ?? '').toLowerCase();
  const rules = found.value.filter((rule) => wanted[stateOf(rule)] === true && rule.name.toLowerCase().includes(named));
  if (options.viewMode === 'stat') return <div className={styles.count}>{rules.length}</div>;
  if (rules.length === 0) return <NoData text="No rule is in one of the chosen states" />;
  return (
    <ul className={styles.list}>
      {rules.slice(0, options.maxItems || 20).map((rule) => (
        <li key={rule.uid ?? `${rule.folder}/${rule.name}`}>
          <Badge text={names[stateOf(rule)] ?? rule.state} color={colors[stateOf(rule)] ?? 'blue'} />
          {rule.uid ? <Link to={`/alerting/grafana/${rule.uid}/view`}>{rule.name}</Link> : rule.name}
          <small>{rule.folder}{rule.alerts > 0 && ` · ${rule.alerts} ${rule.alerts === 1 ? 'instance' : 'instances'}`}</small>
        </li>
      ))}
    </ul>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  list: css({ listStyle: 'none', height: '100%', overflow: 'auto', '& li': { display: 'flex', gap: theme.spacing(1), alignItems: 'center', padding: theme.spacing(0.5), borderBottom: `1px solid ${theme.colors.border.weak}` }, '& small': { marginLeft: 'auto', color: theme.colors.text.secondary }, '& a': { color: theme.colors.text.link } }),
  count: css({ height: '100%', display: 'flex', alignItems: 'center', justifyContent: 'center', fontSize: 64 }),
});

export const plugin = new PanelPlugin<AlertListOptions>(AlertListPanel).setPanelOptions((builder) => {
  builder
    .addRadio({ path: 'viewMode', name: 'View mode', defaultValue: 'list', settings: { options: [{ value: 'list', label: 'List' }, { value: 'stat', label: 'Stat' }] } })
    .addNumberInput({ path: 'maxItems', name: 'Max items', defaultValue: 20, settings: { min: 1, integer: true } })
    .addTextInput({ path: 'alertName', name: 'Alert name', defaultValue: '' });
  const states = [['firing', 'Firing', true], ['pending', 'Pending', true], ['noData', 'No data', false], ['normal', 'Normal', false], ['error', 'Error', true]] as const;
  for (const [state, name, first] of states) builder.addBooleanSwitch({ path: `stateFilter.${state}`, name, category: ['States'], defaultValue: first });
});
