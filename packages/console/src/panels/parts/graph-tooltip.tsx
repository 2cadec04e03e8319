/** What is shown beside the pointer over a graph. */
import { css } from '@emotion/css';
import { dateTimeFormat, type Field, type GrafanaTheme2, type LinkModel, type TimeZone } from '@grafana/data';
import { VizTooltipContent, VizTooltipFooter, VizTooltipHeader, VizTooltipWrapper, type AdHocFilterModel, type VizTooltipItem } from '@grafana/ui';
import { useStyles2 } from '@grafana/ui';

export interface GraphTooltipProps {
  readonly header: string;
  readonly label?: string;
  readonly items: readonly VizTooltipItem[];
  readonly isPinned: boolean;
  readonly links?: readonly LinkModel[];
  readonly filters?: readonly AdHocFilterModel[];
  readonly scrollable?: boolean;
  readonly maxHeight?: number;
  readonly annotate?: () => void;
}

export function GraphTooltip({ header, label = '', items, isPinned, links = [], filters = [], scrollable = false, maxHeight, annotate }: GraphTooltipProps) {
  const styles = useStyles2(stylesOf);
  return (
    <VizTooltipWrapper className={styles}>
      <VizTooltipHeader item={{ label, value: header }} isPinned={isPinned} />
      <VizTooltipContent items={[...items]} isPinned={isPinned} scrollable={scrollable} maxHeight={maxHeight} />
      {(isPinned || links.length > 0) && (links.length > 0 || filters.length > 0 || annotate) && (
        <VizTooltipFooter dataLinks={[...links] as LinkModel<Field>[]} adHocFilters={[...filters]} annotate={annotate} />
      )}
    </VizTooltipWrapper>
  );
}

export const timeText = (time: number, timeZone: TimeZone) => dateTimeFormat(time, { timeZone, format: time % 1_000 === 0 ? 'YYYY-MM-DD HH:mm:ss' : 'YYYY-MM-DD HH:mm:ss.SSS' });

const stylesOf = (theme: GrafanaTheme2) => css({ minWidth: 160, color: theme.colors.text.primary });
