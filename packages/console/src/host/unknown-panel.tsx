import { css } from '@emotion/css';
import type { GrafanaTheme2, PanelProps } from '@grafana/data';
import { cacheFieldDisplayNames, getFrameDisplayName } from '@grafana/data';
import { Combobox, useStyles2 } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { useMemo, useState } from 'react';

const noteHeight = 28;
const pickerHeight = 40;

/** Stands for a panel type that the console does not have: the data as a table. */
export function UnknownPanel({ data, width, height }: PanelProps) {
  const styles = useStyles2(stylesOf);
  const [chosen, setChosen] = useState(0);
  useMemo(() => cacheFieldDisplayNames(data.series), [data.series]);
  const frame = data.series[chosen] ?? data.series[0];
  const many = data.series.length > 1;
  return (
    <div>
      <div className={styles.note} role="note">This console cannot draw this type of panel; here is the data.</div>
      {frame ? <TableNG data={frame} width={width} height={Math.max(height - noteHeight - (many ? pickerHeight : 0), 60)} /> : <div className={styles.note}>No data</div>}
      {many && <Combobox aria-label="Frame" options={data.series.map((one, index) => ({ value: index, label: getFrameDisplayName(one, index) }))} value={chosen} onChange={({ value }) => setChosen(value)} />}
    </div>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({ note: css({ height: noteHeight, color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }) });
