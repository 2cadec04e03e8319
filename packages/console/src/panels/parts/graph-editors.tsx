import type { StandardEditorProps } from '@grafana/data';
import type { LineStyle } from '@grafana/schema';
import { Input, RadioButtonGroup, Stack } from '@grafana/ui';

const fills = [{ value: 'solid', label: 'Solid' }, { value: 'dash', label: 'Dash' }, { value: 'dot', label: 'Dots' }] as const;

/** Patterns of line and gap in pixels, as text; what cannot be read is left as it was. */
export function LineStyleEditor({ value, onChange }: StandardEditorProps<LineStyle>) {
  const { fill = 'solid', dash } = value ?? {};
  const firstDash = fill === 'dot' ? [0, 10] : [10, 10];
  return (
    <Stack direction="column" gap={0.5}>
      <RadioButtonGroup aria-label="Line style" options={[...fills]} value={fill} onChange={(next) => onChange({ fill: next, ...(next === 'solid' ? {} : { dash: next === 'dot' ? [0, 10] : [10, 10] }) })} />
      {fill !== 'solid' && (
        <Input
          aria-label="Pattern" defaultValue={(dash ?? firstDash).join(', ')} key={fill}
          onBlur={(event) => {
            const read = event.currentTarget.value.split(',').map(Number);
            if (read.length > 1 && read.every((one) => Number.isFinite(one) && one >= 0)) onChange({ fill, dash: read });
          }}
        />
      )}
    </Stack>
  );
}

/** Never, always, or up to a distance in milliseconds. */
export function NullSpanEditor({ value, onChange, item: { name } }: StandardEditorProps<boolean | number>) {
  const mode = typeof value === 'number' ? 'threshold' : value ? 'always' : 'never';
  return (
    <Stack direction="column" gap={0.5}>
      <RadioButtonGroup
        aria-label={name} value={mode} options={[{ value: 'never', label: 'Never' }, { value: 'always', label: 'Always' }, { value: 'threshold', label: 'Threshold' }]}
        onChange={(next) => onChange(next === 'threshold' ? 3_600_000 : next === 'always')}
      />
      {mode === 'threshold' && <Input aria-label={`${name}: distance`} type="number" suffix="ms" defaultValue={String(value)} onBlur={(event) => Number(event.currentTarget.value) > 0 && onChange(Number(event.currentTarget.value))} />}
    </Stack>
  );
}
