import type { DataSourceInstanceSettings } from '@grafana/data';
import { getDataSourceSrv } from '@grafana/runtime';
import { Combobox } from '@grafana/ui';

export interface SourcePickerProps {
  readonly value: string;
  readonly onChange: (source: DataSourceInstanceSettings) => void;
  readonly mixed?: boolean;
}

export function SourcePicker({ value, onChange, mixed = false }: SourcePickerProps) {
  const sources = getDataSourceSrv().getList({ mixed });
  return (
    <Combobox
      aria-label="Data source" width={32} placeholder="Choose a data source" value={value || null} options={sources.map(({ uid, name, meta, isDefault }) => ({ value: uid, label: name, description: `${meta.name}${isDefault ? ', default' : ''}` }))}
      onChange={(option) => {
        const chosen = sources.find(({ uid }) => uid === option.value);
        if (chosen) onChange(chosen);
      }}
    />
  );
}
