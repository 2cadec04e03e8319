/** In place of a panel's drawing: why its queries found nothing, in words. */
import { css } from '@emotion/css';
import { LoadingState, type GrafanaTheme2, type PanelData, type PanelProps } from '@grafana/data';
import { Icon, useStyles2 } from '@grafana/ui';
import type { ComponentType } from 'react';

/** Texts of what failed, each once; none where there is something to draw all the same. */
export function problemsOf({ state, series, errors = [] }: Pick<PanelData, 'state' | 'series' | 'errors'>): readonly string[] {
  if (state !== LoadingState.Error || series.some(({ length }) => length > 0)) return [];
  return [...new Set(errors.map(({ message, data }) => message || data?.message || data?.error || 'The query failed'))];
}

// biome-ignore lint/suspicious/noExplicitAny: a plugin is typed by its own options
export function withProblem(Panel: ComponentType<PanelProps<any>>): ComponentType<PanelProps<any>> {
  return function PanelOrProblem(props) {
    const problems = problemsOf(props.data);
    return problems.length > 0 ? <Problem texts={problems} /> : <Panel {...props} />;
  };
}

function Problem({ texts }: { readonly texts: readonly string[] }) {
  const styles = useStyles2(stylesOf);
  return (
    <div className={styles.problem} role="status">
      <Icon name="exclamation-triangle" size="xl" className={styles.icon} />
      {texts.map((text) => <p key={text} className={styles.text}>{text}</p>)}
    </div>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  problem: css({ display: 'flex', flexDirection: 'column', alignItems: 'center', justifyContent: 'safe center', gap: theme.spacing(1), height: '100%', padding: theme.spacing(1), overflow: 'auto', textAlign: 'center' }),
  icon: css({ color: theme.colors.error.text, flexShrink: 0 }), text: css({ margin: 0, overflowWrap: 'anywhere' }),
});
