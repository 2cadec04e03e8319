/** What there is to say about a panel's data, beside its title: what sources warn of, and transformations that the console lacks. */
import { css } from '@emotion/css';
import { standardTransformersRegistry, type DataTransformerConfig, type GrafanaTheme2, type PanelData, type QueryResultMetaNotice } from '@grafana/data';
import { sceneGraph, SceneObjectBase, type SceneComponentProps, type SceneObjectState } from '@grafana/scenes';
import { Icon, PanelChrome, Tooltip, useStyles2 } from '@grafana/ui';

interface PanelNoticesState extends SceneObjectState {
  /** Names of transformations that are left out. */
  lacking: readonly string[];
}

/** Transformations of a panel that nobody here can carry out; those that are switched off don't matter. */
export const lackingTransformations = (steps: readonly DataTransformerConfig[]): readonly string[] =>
  [...new Set(steps.filter(({ id, disabled }) => !disabled && !standardTransformersRegistry.getIfExists(id)).map(({ id }) => id))];

export class PanelNotices extends SceneObjectBase<PanelNoticesState> {
  static Component = PanelNoticesItem;
}

/** Each text once, whatever the number of frames that carry it. */
export function noticesOf(data: PanelData | undefined): readonly QueryResultMetaNotice[] {
  const found = new Map<string, QueryResultMetaNotice>();
  for (const frame of data?.series ?? []) for (const notice of frame.meta?.notices ?? []) found.set(notice.text, notice);
  return [...found.values()];
}

const worst = (notices: readonly QueryResultMetaNotice[]) => (notices.some(({ severity }) => severity === 'error') ? 'error' : notices.some(({ severity }) => severity === 'warning') ? 'warning' : 'info');

function PanelNoticesItem({ model }: SceneComponentProps<PanelNotices>) {
  const styles = useStyles2(stylesOf);
  const { lacking } = model.useState();
  const { data } = sceneGraph.getData(model).useState();
  const notices = noticesOf(data);
  if (lacking.length === 0 && notices.length === 0) return null;
  const texts = [...(lacking.length > 0 ? [`This console lacks ${lacking.length === 1 ? 'the transformation' : 'the transformations'} ${lacking.join(', ')}: the data is shown without.`] : []), ...notices.map(({ text }) => text)];
  const severity = lacking.length > 0 ? 'warning' : worst(notices);
  return (
    <Tooltip content={<div>{texts.map((text) => <p key={text}>{text}</p>)}</div>}>
      <PanelChrome.TitleItem className={styles[severity]} aria-label={texts.join(' ')}>
        <Icon name={severity === 'info' ? 'info-circle' : 'exclamation-triangle'} />
        {lacking.length > 0 && <span className={styles.text}>Not transformed: {lacking.join(', ')}</span>}
      </PanelChrome.TitleItem>
    </Tooltip>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  error: css({ color: theme.colors.error.text }), warning: css({ color: theme.colors.warning.text }), info: css({ color: theme.colors.text.secondary }), text: css({ marginLeft: theme.spacing(0.5), fontSize: theme.typography.bodySmall.fontSize, whiteSpace: 'nowrap' }),
});
