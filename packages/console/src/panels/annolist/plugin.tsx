/** Annotations: what happened, latest first. */
import { css } from '@emotion/css';
import { dateTimeFormat, PanelPlugin, rangeUtil, textUtil, type GrafanaTheme2, type PanelProps } from '@grafana/data';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/annotationslist/panelcfg/x/AnnotationsListPanelCfg_types.gen';
import { Alert, Button, LoadingPlaceholder, TagList, TagsInput, useStyles2 } from '@grafana/ui';
import { useState } from 'react';
import { Link, useLocation } from 'react-router-dom';
import { api, useLoaded } from '../../api/client.ts';
import { NoData } from '../parts/no-data.tsx';

interface Annotation {
  readonly id: number;
  readonly dashboardUID?: string;
  readonly panelId?: number;
  readonly time: number;
  readonly text: string;
  readonly tags: readonly string[] | null;
  readonly login?: string;
}

export function AnnotationsPanel({ options, timeRange, timeZone, replaceVariables }: PanelProps<Options>) {
  const styles = useStyles2(stylesOf);
  const { pathname } = useLocation();
  const { limit, tags: always = [], onlyFromThisDashboard, onlyInTimeRange, showTags, showTime, showUser, navigateBefore, navigateAfter, navigateToPanel } = options;
  const [chosen, setChosen] = useState<string>();
  const tags = [...always.map((tag) => replaceVariables(tag)), ...(chosen === undefined ? [] : [chosen])];
  const target = ({ dashboardUID, panelId, time }: Annotation) => `/d/${dashboardUID}?${new URLSearchParams({ from: String(time - lengthMs(navigateBefore)), to: String(time + lengthMs(navigateAfter)), ...(navigateToPanel && panelId ? { viewPanel: `panel-${panelId}` } : {}) })}`;
  const here = /^\/d\/([^/]+)/.exec(pathname)?.[1];
  const found = useLoaded(() => api.get<Annotation[]>('/api/annotations', {
    limit, tags, type: 'annotation', ...(onlyFromThisDashboard && here ? { dashboardUID: here } : {}), ...(onlyInTimeRange ? { from: timeRange.from.valueOf(), to: timeRange.to.valueOf() } : {}),
  }), JSON.stringify([limit, tags, onlyFromThisDashboard && here, onlyInTimeRange && [timeRange.from.valueOf(), timeRange.to.valueOf()]]));
  if (found.error) return <Alert severity="error" title="The annotations could not be listed">{found.error}</Alert>;
  if (!found.value) return <LoadingPlaceholder text="Loading" />;
  const only = chosen !== undefined && <Button size="sm" variant="secondary" icon="times" onClick={() => setChosen(undefined)}>{`Only ${chosen}`}</Button>;
  if (found.value.length === 0) return only || <NoData text="No annotations found" />;
  return (
    <ul className={styles}>
      {only && <li>{only}</li>}
      {found.value.map((one) => {
        const text = textUtil.sanitize(one.text).replace(/<[^>]+>/g, ' ');
        return (
          <li key={one.id}>
            <div>{one.dashboardUID ? <Link to={target(one)}>{text}</Link> : text}</div>
            <small>{showUser && one.login} {showTime && dateTimeFormat(one.time, { timeZone })}</small>
            {showTags && one.tags && <TagList tags={[...one.tags]} onClick={(tag) => setChosen(tag)} />}
          </li>
        );
      })}
    </ul>
  );
}

const lengthMs = (text: string | undefined) => rangeUtil.intervalToMs(text || '10m');

const stylesOf = (theme: GrafanaTheme2) => css({ listStyle: 'none', height: '100%', overflow: 'auto', '& li': { padding: theme.spacing(0.5), borderBottom: `1px solid ${theme.colors.border.weak}` }, '& small': { color: theme.colors.text.secondary }, '& a': { color: theme.colors.text.link } });

export const plugin = new PanelPlugin<Options>(AnnotationsPanel).setPanelOptions((builder) => {
  builder
    .addBooleanSwitch({ path: 'onlyFromThisDashboard', name: 'Only of this dashboard', defaultValue: false })
    .addBooleanSwitch({ path: 'onlyInTimeRange', name: 'Only in the time range', defaultValue: false })
    .addCustomEditor({ id: 'tags', path: 'tags', name: 'Tags', defaultValue: [], editor: ({ value, onChange }) => <TagsInput tags={value} onChange={onChange} /> })
    .addNumberInput({ path: 'limit', name: 'Limit', defaultValue: 10, settings: { min: 1, integer: true } })
    .addBooleanSwitch({ path: 'showUser', name: 'Show user', defaultValue: true })
    .addBooleanSwitch({ path: 'showTime', name: 'Show time', defaultValue: true })
    .addBooleanSwitch({ path: 'showTags', name: 'Show tags', defaultValue: true })
    .addTextInput({ path: 'navigateBefore', name: 'Before', description: 'How much time before it a link shows', category: ['Links'], defaultValue: '10m' })
    .addTextInput({ path: 'navigateAfter', name: 'After', category: ['Links'], defaultValue: '10m' })
    .addBooleanSwitch({ path: 'navigateToPanel', name: 'To the panel', description: 'Shows the panel that it was written on alone', category: ['Links'], defaultValue: true });
});
