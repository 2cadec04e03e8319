/** A switch for each annotation query of the dashboard that is not hidden. */
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { LoadingState } from '@grafana/data';
import { SceneDataLayerSet, sceneGraph, SceneObjectBase, type SceneComponentProps, type SceneDataLayerProvider, type SceneObjectState } from '@grafana/scenes';
import { Icon, Spinner, Tooltip, useStyles2 } from '@grafana/ui';

export class AnnotationControls extends SceneObjectBase<SceneObjectState> {
  static Component = AnnotationControlsRow;

  layers(): readonly SceneDataLayerProvider[] {
    return sceneGraph.getDataLayers(this, true).flatMap((layer) => (layer instanceof SceneDataLayerSet ? layer.state.layers : [layer]));
  }
}

function AnnotationControlsRow({ model }: SceneComponentProps<AnnotationControls>) {
  return <>{model.layers().map((layer) => <OneSwitch key={layer.state.key} layer={layer} />)}</>;
}

function OneSwitch({ layer }: { readonly layer: SceneDataLayerProvider }) {
  const styles = useStyles2(stylesOf);
  const { data, isHidden, name, description } = layer.useState();
  if (isHidden) return null;
  const error = data?.errors?.[0]?.message;
  return (
    <div className={styles.control}>
      <label className={styles.label} htmlFor={`data-layer-${layer.state.key}`} title={description ?? ''}>
        {name}{data?.state === LoadingState.Loading && <Spinner inline size="sm" />}{error && <Tooltip content={error}><Icon name="exclamation-triangle" className={styles.error} aria-label={error} /></Tooltip>}
      </label>
      <layer.Component model={layer} />
    </div>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  control: css({ display: 'flex' }), error: css({ color: theme.colors.error.text }),
  label: css({
    display: 'flex', gap: theme.spacing(0.5), alignItems: 'center', padding: theme.spacing(0, 1), height: theme.spacing(theme.components.height.md), fontWeight: theme.typography.fontWeightMedium, fontSize: theme.typography.bodySmall.fontSize, background: theme.components.input.background,
    border: `1px solid ${theme.components.input.borderColor}`, borderRight: 0, borderRadius: `${theme.shape.radius.default} 0 0 ${theme.shape.radius.default}`, whiteSpace: 'nowrap', cursor: 'pointer',
  }),
});
