/** Labels: shown, and edited as names and values. */
import { Badge, Button, Combobox, IconButton, Input, Stack } from '@grafana/ui';
import { operators, visibleLabels } from './matchers.ts';
import type { RouteMatcher } from './notification.ts';
import type { Labels } from './rule.ts';

export function LabelList({ labels }: { readonly labels: Labels | undefined }) {
  return <Stack direction="row" gap={0.5} wrap="wrap">{Object.entries(visibleLabels(labels)).map(([name, value]) => <Badge key={name} color="blue" text={`${name}=${value}`} />)}</Stack>;
}

export type Pair = readonly [name: string, value: string];

export function PairsEditor({ what, pairs, onChange, disabled = false, long }: { readonly what: string; readonly pairs: readonly Pair[]; readonly onChange: (pairs: readonly Pair[]) => void; readonly disabled?: boolean; readonly long?: boolean }) {
  const set = (index: number, pair: Pair) => onChange(pairs.map((one, at) => (at === index ? pair : one)));
  return (
    <Stack direction="column" gap={1}>
      {pairs.map(([name, value], index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: names are being typed and may be equal meanwhile
        <Stack key={index} direction="row" gap={1} alignItems="center">
          <Input width={26} aria-label={`Name of ${what} ${index + 1}`} placeholder="name" disabled={disabled} value={name} onChange={(event) => set(index, [event.currentTarget.value, value])} />
          <Input {...(long ? {} : { width: 40 })} aria-label={`Value of ${what} ${index + 1}`} placeholder="value" disabled={disabled} value={value} onChange={(event) => set(index, [name, event.currentTarget.value])} />
          {!disabled && <IconButton name="trash-alt" aria-label={`Remove ${what} ${index + 1}`} onClick={() => onChange(pairs.filter((_, at) => at !== index))} />}
        </Stack>
      ))}
      {!disabled && <div><Button type="button" size="sm" variant="secondary" icon="plus" onClick={() => onChange([...pairs, ['', '']])}>Add {what}</Button></div>}
    </Stack>
  );
}

export function MatchersEditor({ matchers, onChange }: { readonly matchers: readonly RouteMatcher[]; readonly onChange: (matchers: readonly RouteMatcher[]) => void }) {
  const set = (index: number, some: Partial<RouteMatcher>) => onChange(matchers.map((one, at) => (at === index ? { ...one, ...some } : one)));
  return (
    <Stack direction="column" gap={1}>
      {matchers.map(({ label, type, value }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: matchers are being typed and may be equal meanwhile
        <Stack key={index} direction="row" gap={1} alignItems="center">
          <Input width={26} aria-label={`Label ${index + 1}`} placeholder="label" value={label} onChange={(event) => set(index, { label: event.currentTarget.value })} />
          <Combobox width={10} aria-label={`Operator ${index + 1}`} value={type} options={operators.map((one) => ({ value: one as string, label: one }))} onChange={(option) => set(index, { type: option.value })} />
          <Input width={34} aria-label={`Value ${index + 1}`} placeholder="value" value={value} onChange={(event) => set(index, { value: event.currentTarget.value })} />
          <IconButton name="trash-alt" aria-label={`Remove matcher ${index + 1}`} onClick={() => onChange(matchers.filter((_, at) => at !== index))} />
        </Stack>
      ))}
      <div><Button type="button" size="sm" variant="secondary" icon="plus" onClick={() => onChange([...matchers, { label: '', type: '=', value: '' }])}>Add matcher</Button></div>
    </Stack>
  );
}
