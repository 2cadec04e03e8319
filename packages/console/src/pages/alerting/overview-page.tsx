/** Alerting at a glance. */
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Card, LinkButton, useStyles2 } from '@grafana/ui';
import { useLoaded } from '../../api/client.ts';
import { Page, Shown } from '../../app/page.tsx';
import { may } from '../../host/boot-data.ts';
import { ruleStates } from './rule.ts';

export default function AlertingPage() {
  const styles = useStyles2(stylesOf);
  const states = useLoaded(() => ruleStates({ limit_alerts: 0 }), '');
  return (
    <Page title="Alerting" subtitle="Learn about problems in your systems moments after they occur" actions={may('alert.rules:create') && <LinkButton icon="plus" href="/alerting/new">New alert rule</LinkButton>}>
      <Shown loaded={states}>
        {(groups) => {
          const rules = groups.flatMap((group) => group.rules);
          const counts = [
            ['Firing', 'firing', rules.filter(({ state }) => state === 'firing').length], ['Pending', 'pending', rules.filter(({ state }) => state === 'pending').length],
            ['Normal', 'inactive', rules.filter(({ state }) => state === 'inactive').length], ['With errors', 'error', rules.filter(({ health }) => health === 'error').length],
          ] as const;
          return <div className={styles.grid}>{counts.map(([name, state, count]) => <Card key={name} noMargin href={`/alerting/list?state=${state}`}><Card.Heading>{name}</Card.Heading><Card.Description><span className={styles.count}>{count}</span></Card.Description></Card>)}</div>;
        }}
      </Shown>
      {([['/alerting/list', 'Alert rules', 'What is watched, and how it fares'], ['/alerting/notifications', 'Contact points', 'Where notifications go'], ['/alerting/routes', 'Notification policies', 'Which alert goes where'], ['/alerting/silences', 'Silences', 'What is quiet for a while'], ['/alerting/groups', 'Alert groups', 'What was put together into one notification']] as const)
        .map(([url, name, text]) => <Card key={url} noMargin href={url}><Card.Heading>{name}</Card.Heading><Card.Description>{text}</Card.Description></Card>)}
    </Page>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({ grid: css({ display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(180px, 1fr))', gap: theme.spacing(1) }), count: css({ fontSize: theme.typography.h2.fontSize, color: theme.colors.text.primary }) });
