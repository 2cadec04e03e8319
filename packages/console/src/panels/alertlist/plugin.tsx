/** Alert rules and the state they are in. */
import { css } from '@emotion/css';
import { dateTimeFormat, PanelPlugin, type GrafanaTheme2, type PanelProps } from '@grafana/data';
import { Alert, Badge, LoadingPlaceholder, TagsInput, useStyles2, type BadgeColor } from '@grafana/ui';
import { Link, useLocation } from 'react-router-dom';
import { api, useLoaded } from '../../api/client.ts';
import { FolderPicker } from '../../dashboard/folder-picker.tsx';
import { NoData } from '../parts/no-data.tsx';
import { chosenRules, colors, groupedRules, names, type AlertListOptions, type RuleGroup } from './rules.ts';

interface Answer {
  readonly data: { readonly groups: readonly RuleGroup[] };
}

export function AlertListPanel({ options, replaceVariables, timeRange }: PanelProps<AlertListOptions>) {
  const styles = useStyles2(stylesOf);
  const { pathname } = useLocation();
  // Asked again with each refresh of the dashboard, which moves the range.
  const found = useLoaded(async () => (await api.get<Answer>('/api/prometheus/grafana/api/v1/rules')).data.groups, String(timeRange.to.valueOf()));
  if (found.error) return <Alert severity="error" title="The alert rules could not be listed">{found.error}</Alert>;
  if (!found.value) return <LoadingPlaceholder text="Loading" />;
  const rules = chosenRules(found.value, { ...options, alertName: replaceVariables(options.alertName ?? ''), alertInstanceLabelFilter: replaceVariables(options.alertInstanceLabelFilter ?? '') }, /^\/d(?:-solo)?\/([^/]+)/.exec(pathname)?.[1]);
  if (options.viewMode === 'stat') return <div className={styles.count}>{rules.length}</div>;
  if (rules.length === 0) return <NoData text="No rule is in one of the chosen states" />;
  const shown = rules.slice(0, options.maxItems || 20);
  const by = options.groupMode === 'custom' ? (options.groupBy ?? []) : [];
  return (
    <div className={styles.all}>
      {groupedRules(shown, by).map(({ title, rules: own }) => (
        <section key={title} aria-label={title || 'Alert rules'}>
          {title && <h3 className={styles.title}>{title}</h3>}
          <ul className={styles.list}>
            {own.map((rule) => (
              <li key={rule.uid ?? `${rule.folder}/${rule.name}`}>
                <div className={styles.rule}>
                  <Badge text={names[rule.state] ?? rule.state} color={(colors[rule.state] ?? 'blue') as BadgeColor} />
                  {rule.uid ? <Link to={`/alerting/grafana/${rule.uid}/view`}>{rule.name}</Link> : rule.name}
                  <small>{rule.folder}{rule.instances.length > 0 && ` · ${rule.instances.length} ${rule.instances.length === 1 ? 'instance' : 'instances'}`}{rule.since && ` · since ${dateTimeFormat(rule.since)}`}</small>
                </div>
                {options.showInstances && rule.instances.map(({ state, labels }) => <div key={labels.join()} className={styles.instance}><span>{names[state] ?? state}</span>{labels.join(' ')}</div>)}
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  all: css({ height: '100%', overflow: 'auto' }), title: css({ fontSize: theme.typography.h6.fontSize, color: theme.colors.text.secondary, margin: theme.spacing(1, 0, 0.5) }),
  list: css({ listStyle: 'none', '& li': { padding: theme.spacing(0.5), borderBottom: `1px solid ${theme.colors.border.weak}` } }),
  rule: css({ display: 'flex', gap: theme.spacing(1), alignItems: 'center', '& small': { marginLeft: 'auto', color: theme.colors.text.secondary }, '& a': { color: theme.colors.text.link } }),
  instance: css({ display: 'flex', gap: theme.spacing(1), padding: theme.spacing(0.25, 2), color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize, overflowWrap: 'anywhere' }),
  count: css({ height: '100%', display: 'flex', alignItems: 'center', justifyContent: 'center', fontSize: 64 }),
});

export const plugin = new PanelPlugin<AlertListOptions>(AlertListPanel).setPanelOptions((builder) => {
  const isList = ({ viewMode }: AlertListOptions) => viewMode !== 'stat';
  const filter = ['Filter'];
  builder
    .addRadio({ path: 'viewMode', name: 'View mode', defaultValue: 'list', settings: { options: [{ value: 'list', label: 'List' }, { value: 'stat', label: 'Stat' }] } })
    .addRadio({ path: 'groupMode', name: 'Group mode', defaultValue: 'default', settings: { options: [{ value: 'default', label: 'None' }, { value: 'custom', label: 'By labels' }] }, showIf: isList })
    .addCustomEditor({ id: 'groupBy', path: 'groupBy', name: 'Group by', defaultValue: [], showIf: ({ groupMode }) => groupMode === 'custom', editor: ({ value, onChange }) => <TagsInput placeholder="Labels" tags={value ?? []} onChange={onChange} /> })
    .addNumberInput({ path: 'maxItems', name: 'Max items', defaultValue: 20, settings: { min: 1, integer: true } })
    .addSelect({ path: 'sortOrder', name: 'Sort order', defaultValue: 1, showIf: isList, settings: { options: [{ value: 1, label: 'Name, a to z' }, { value: 2, label: 'Name, z to a' }, { value: 3, label: 'Importance' }, { value: 4, label: 'Longest first' }, { value: 5, label: 'Latest first' }] } })
    .addBooleanSwitch({ path: 'showInstances', name: 'Show instances', defaultValue: false, showIf: isList })
    .addBooleanSwitch({ path: 'dashboardAlerts', name: 'Only of this dashboard', category: filter, defaultValue: false })
    .addTextInput({ path: 'alertName', name: 'Alert name', category: filter, defaultValue: '' })
    .addTextInput({ path: 'alertInstanceLabelFilter', name: 'Labels of instances', description: 'For example {severity="critical", team=~"a|b"}', category: filter, defaultValue: '' })
    .addCustomEditor({ id: 'folder', path: 'folder', name: 'Folder', category: filter, defaultValue: undefined as never, editor: ({ value, onChange }) => <FolderPicker value={value?.uid ?? ''} onChange={(uid) => onChange(uid === '' ? undefined : { uid })} /> });
  const states = [['firing', 'Firing', true], ['pending', 'Pending', true], ['recovering', 'Recovering', true], ['noData', 'No data', false], ['normal', 'Normal', false], ['error', 'Error', true]] as const;
  for (const [state, name, first] of states) builder.addBooleanSwitch({ path: `stateFilter.${state}`, name, category: ['States'], defaultValue: first });
});
