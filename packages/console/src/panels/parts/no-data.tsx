import { css } from '@emotion/css';
import type { GrafanaTheme2, PanelData } from '@grafana/data';
import { LoadingState } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

/** In place of a drawing: what is missing. An error is shown by the frame of the panel, so it is not repeated here. */
export function NoData({ data, text }: { readonly data?: PanelData; readonly text?: string }) {
  const styles = useStyles2(stylesOf);
  if (data?.state === LoadingState.Loading) return null;
  return <div className={styles}>{text ?? 'No data'}</div>;
}

const stylesOf = (theme: GrafanaTheme2) => css({ display: 'flex', alignItems: 'center', justifyContent: 'center', textAlign: 'center', height: '100%', padding: theme.spacing(1), color: theme.colors.text.secondary });
