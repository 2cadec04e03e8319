/** What is done with the results of the queries before they are drawn, step by step, each with its editor. */
import { css } from '@emotion/css';
import { standardTransformersRegistry, transformDataFrame, type DataFrame, type DataTransformerConfig, type GrafanaTheme2 } from '@grafana/data';
import { SceneDataTransformer, sceneGraph, type VizPanel } from '@grafana/scenes';
import { Alert, Combobox, IconButton, Stack, useStyles2 } from '@grafana/ui';
import { useEffect, useState } from 'react';
import { JsonText } from '../host/json-text.tsx';
import type { PanelJson } from './model.ts';

type Step = DataTransformerConfig;

interface Props {
  readonly panel: PanelJson;
  readonly preview: VizPanel;
  readonly onChange: (panel: PanelJson) => void;
}

export function Transformations({ panel, preview, onChange }: Props) {
  const steps = (panel.transformations ?? []) as readonly Step[];
  const provider = preview.state.$data;
  const { data } = (provider instanceof SceneDataTransformer && provider.state.$data ? provider.state.$data : sceneGraph.getData(preview)).useState() as { readonly data?: { readonly series: DataFrame[] } };
  const set = (next: readonly Step[]) => onChange({ ...panel, transformations: next as never });
  const kinds = standardTransformersRegistry.list().map(({ id, name, description }) => ({ value: id, label: name, ...(description ? { description } : {}) })).sort((a, b) => a.label.localeCompare(b.label));
  return (
    <Stack direction="column" gap={2}>
      {steps.length === 0 && <p>The results are drawn as they come. A transformation changes them first: filters, joins, renames, calculates.</p>}
      {steps.map((step, index) => (
        <OneStep
          key={[step.id, index].join()} step={step} before={steps.slice(0, index)} series={data?.series ?? []} isFirst={index === 0} isLast={index === steps.length - 1} onChange={(next) => set(steps.map((one, at) => (at === index ? next : one)))}
          onRemove={() => set(steps.filter((_, at) => at !== index))} onMove={(by) => { const next = [...steps]; next.splice(index + by, 0, ...next.splice(index, 1)); set(next); }}
        />
      ))}
      <Combobox aria-label="Add a transformation" placeholder="Add a transformation" width={50} options={kinds} value={null} onChange={(chosen) => { if (chosen) set([...steps, { id: chosen.value, options: structuredClone(standardTransformersRegistry.get(chosen.value).defaultOptions ?? {}) }]); }} />
    </Stack>
  );
}

interface OneStepProps {
  readonly step: Step;
  /** The steps that come first, on whose results this one works. */
  readonly before: readonly Step[];
  readonly series: readonly DataFrame[];
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly onChange: (step: Step) => void;
  readonly onRemove: () => void;
  readonly onMove: (by: -1 | 1) => void;
}

function OneStep({ step, before, series, isFirst, isLast, onChange, onRemove, onMove }: OneStepProps) {
  const styles = useStyles2(stylesOf);
  const [input, setInput] = useState<DataFrame[]>([]);
  const steps = JSON.stringify(before);
  useEffect(() => {
    const results = transformDataFrame(JSON.parse(steps) as Step[], [...series]).subscribe({ next: setInput, error: () => setInput([]) });
    return () => results.unsubscribe();
  }, [steps, series]);
  const kind = standardTransformersRegistry.getIfExists(step.id);
  const name = kind?.name ?? step.id;
  const Editor = kind?.editor;
  return (
    <section className={styles.step} aria-label={`Transformation ${name}`}>
      <Stack justifyContent="space-between" alignItems="center">
        <strong title={kind?.description ?? ''}>{name}</strong>
        <Stack gap={0.5}>
          <IconButton name="arrow-up" aria-label="Move up" disabled={isFirst} onClick={() => onMove(-1)} /><IconButton name="arrow-down" aria-label="Move down" disabled={isLast} onClick={() => onMove(1)} />
          <IconButton name={step.disabled ? 'eye-slash' : 'eye'} aria-label={step.disabled ? 'Switch the transformation on' : 'Switch the transformation off'} onClick={() => onChange({ ...step, disabled: !step.disabled })} />
          <IconButton name="trash-alt" aria-label={`Remove ${name}`} onClick={onRemove} />
        </Stack>
      </Stack>
      {!kind && <Alert severity="warning" title={`There is no transformation ${step.id} here`} />}
      {Editor ? <Editor options={step.options} input={input} onChange={(options: unknown) => onChange({ ...step, options })} /> : <JsonText label="Options" value={step.options} onChange={(options) => onChange({ ...step, options })} />}
    </section>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  step: css({ background: theme.colors.background.secondary, padding: theme.spacing(1.5), borderRadius: theme.shape.radius.default, display: 'flex', flexDirection: 'column', gap: theme.spacing(1) }),
});
