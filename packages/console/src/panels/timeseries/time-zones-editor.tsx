import type { StandardEditorProps } from '@grafana/data';
import { Button, IconButton, Stack, TimeZonePicker } from '@grafana/ui';

/** The time axis can be labelled in several zones; none: that of the dashboard. */
export function TimeZonesEditor({ value, onChange }: StandardEditorProps<string[]>) {
  const zones = value ?? [];
  const change = (next: string[]) => onChange(next.length === 0 ? undefined : next);
  return (
    <Stack direction="column" gap={0.5}>
      {zones.map((zone, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: these have no other name than their place
        <Stack key={`${at} of ${zones.length}`} direction="row" gap={0.5} alignItems="center">
          <TimeZonePicker includeInternal value={zone} onChange={(next) => change(zones.map((one, i) => (i === at ? (next ?? '') : one)))} />
          <IconButton name="trash-alt" aria-label={`Remove time zone ${at + 1}`} onClick={() => change(zones.filter((_, i) => i !== at))} />
        </Stack>
      ))}
      <Button variant="secondary" size="sm" icon="plus" onClick={() => change([...zones, 'utc'])}>Add time zone</Button>
    </Stack>
  );
}
