/** Counts over the whole server. */
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { config } from '@grafana/runtime';
import { useStyles2 } from '@grafana/ui';
import { api, useLoaded } from '../../api/client.ts';
import { Page, Shown } from '../../app/page.tsx';
import { Facts, Section } from '../parts/section.tsx';

type Stats = Readonly<Record<string, number>>;

const groups: readonly (readonly [title: string, counts: readonly (readonly [key: string, name: string])[]])[] = [
  ['Content', [['dashboards', 'Dashboards'], ['datasources', 'Data sources'], ['alerts', 'Alert rules'], ['playlists', 'Playlists'], ['snapshots', 'Snapshots'], ['tags', 'Tags'], ['stars', 'Stars'], ['orgs', 'Organizations']]],
  ['People', [['users', 'Users'], ['activeUsers', 'Active in 30 days'], ['dailyActiveUsers', 'Active today'], ['activeSessions', 'Sessions'], ['activeDevices', 'Anonymous devices']]],
  ['Roles', [['admins', 'Admins'], ['editors', 'Editors'], ['viewers', 'Viewers'], ['activeAdmins', 'Active admins'], ['activeEditors', 'Active editors'], ['activeViewers', 'Active viewers']]],
];

export default function StatsPage() {
  const styles = useStyles2(stylesOf);
  const stats = useLoaded(() => api.get<Stats>('/api/admin/stats'), '');
  const { version, commit, edition } = config.buildInfo;
  return (
    <Page title="Statistics" subtitle="Over all organizations of this server">
      <Facts facts={[['Compatible with', `Grafana ${version}`], ['Commit', commit || '—'], ['Edition', edition]]} />
      <Shown loaded={stats}>
        {(value) => groups.map(([title, counts]) => (
          <Section key={title} title={title}>
            <dl className={styles.grid}>{counts.map(([key, name]) => <div key={key} className={styles.card}><dt>{name}</dt><dd>{value[key]?.toLocaleString() ?? '—'}</dd></div>)}</dl>
          </Section>
        ))}
      </Shown>
    </Page>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  grid: css({ display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(160px, 1fr))', gap: theme.spacing(1), margin: 0 }),
  card: css({ background: theme.colors.background.secondary, borderRadius: theme.shape.radius.default, padding: theme.spacing(2), '& dt': { color: theme.colors.text.secondary, fontWeight: 'normal' }, '& dd': { margin: 0, fontSize: theme.typography.h2.fontSize } }),
});
