/** Annotations over a graph: lines and regions behind it, marks below it that tell what happened. */
import { css, cx } from '@emotion/css';
import { textUtil, dateTimeFormat, type DataFrame, type GrafanaTheme2, type TimeZone } from '@grafana/data';
import { Button, Stack, TagList, Tooltip, usePanelContext, useStyles2, useTheme2, type UPlotConfigBuilder } from '@grafana/ui';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import type uPlot from 'uplot';
import { AnnotationForm } from './annotation-form.tsx';

export interface TimeRange2 {
  readonly from: number;
  readonly to: number;
}

interface Mark {
  readonly key: string;
  /** Of those that the server keeps, which can be edited. */
  readonly id: string | undefined;
  readonly dashboardUid: string | undefined;
  readonly from: number;
  readonly to: number | undefined;
  readonly title: string;
  readonly text: string;
  readonly tags: readonly string[];
  readonly color: string;
  readonly source: string;
}

function marksOf(frames: readonly DataFrame[], theme: GrafanaTheme2): readonly Mark[] {
  return frames.flatMap((frame, f) => {
    const values = (name: string) => frame.fields.find((field) => field.name === name)?.values;
    const times = values('time');
    if (!times) return [];
    const [ends, titles, texts, tags, colors, sources, regions, ids, alerts, uids] = ['timeEnd', 'title', 'text', 'tags', 'color', 'source', 'isRegion', 'id', 'alertId', 'dashboardUID'].map(values);
    return Array.from(times as ArrayLike<number>, (from, i): Mark => {
      const end = ends?.[i] as number | undefined;
      const sourced = (sources?.[i] as { name?: string } | undefined)?.name;
      return {
        key: `${f}-${i}`, id: ids?.[i] && !alerts?.[i] && !titles?.[i] ? String(ids[i]) : undefined, dashboardUid: uids?.[i] as string | undefined, from, to: end && end !== from && regions?.[i] !== false ? end : undefined, title: String(titles?.[i] ?? ''), text: String(texts?.[i] ?? ''), tags: (tags?.[i] as string[] | undefined) ?? [],
        color: theme.visualization.getColorByName(String(colors?.[i] ?? 'rgba(0, 211, 255, 1)')), source: sourced ?? frame.name ?? '',
      };
    });
  });
}

export interface AnnotationMarksProps {
  readonly config: UPlotConfigBuilder;
  readonly annotations: readonly DataFrame[];
  readonly timeZone: TimeZone;
  /** Where somebody wants to put one: a moment, or a region. */
  readonly drawn?: TimeRange2 | undefined;
  readonly onDrawn?: () => void;
}

export function AnnotationMarks({ config, annotations, timeZone, drawn, onDrawn }: AnnotationMarksProps) {
  const styles = useStyles2(stylesOf);
  const [edited, setEdited] = useState<Mark>();
  const theme = useTheme2();
  const marks = useMemo(() => marksOf(annotations, theme), [annotations, theme]);
  const current = useRef(marks);
  current.current = marks;
  const had = useRef(false);
  const [plot, setPlot] = useState<uPlot>();
  const [, redrawn] = useState(0);
  useLayoutEffect(() => {
    config.addHook('init', (u) => setPlot(u));
    config.addHook('draw', (u) => {
      // Most graphs have none, and to measure the plot takes its time.
      if (current.current.length === 0) return;
      paint(u, current.current);
      queueMicrotask(() => redrawn((n) => n + 1));
    });
  }, [config]);
  useLayoutEffect(() => {
    if (marks.length === 0 && !had.current) return;
    had.current = marks.length > 0;
    plot?.redraw(false);
  }, [plot, marks]);
  if (!plot) return null;
  const form = drawn ? <AnnotationForm key="new" from={drawn.from} to={drawn.to} timeZone={timeZone} onClose={() => onDrawn?.()} /> : edited && (
    <AnnotationForm key={edited.id} id={edited.id} from={edited.from} to={edited.to ?? edited.from} text={edited.text} tags={edited.tags} timeZone={timeZone} onClose={() => setEdited(undefined)} />
  );
  if (marks.length === 0) return form;
  const width = plot.over.clientWidth;
  const shown = marks.flatMap((mark) => {
    const left = plot.valToPos(mark.from, 'x');
    const right = mark.to === undefined ? left : plot.valToPos(mark.to, 'x');
    return right < 0 || left > width || Number.isNaN(left) ? [] : [{ mark, left: Math.max(0, left), right: Math.min(width, right) }];
  });
  const marked = createPortal(
    shown.map(({ mark, left, right }) => (
      <Tooltip key={mark.key} interactive placement="bottom" content={<MarkText mark={mark} timeZone={timeZone} onEdit={setEdited} />}>
        <button
          type="button" aria-label={`Annotation: ${mark.title || mark.text || 'without text'}`} className={cx(styles.mark, mark.to !== undefined && styles.region)}
          style={mark.to === undefined ? { left: left - 5, borderBottomColor: mark.color } : { left, width: Math.max(right - left, 2), background: mark.color }}
        />
      </Tooltip>
    )),
    plot.over,
  );
  return <>{marked}{form}</>;
}

function MarkText({ mark, timeZone, onEdit }: { readonly mark: Mark; readonly timeZone: TimeZone; readonly onEdit: (mark: Mark) => void }) {
  const styles = useStyles2(stylesOf);
  const { canEditAnnotations, canDeleteAnnotations, onAnnotationDelete } = usePanelContext();
  const [deleting, setDeleting] = useState(false);
  const { id, dashboardUid } = mark;
  const at = (time: number) => dateTimeFormat(time, { timeZone });
  return (
    <div className={styles.text}>
      <small>{at(mark.from)}{mark.to !== undefined && ` – ${at(mark.to)}`}{mark.source && ` · ${mark.source}`}</small>
      {mark.title && <strong>{mark.title}</strong>}
      {/* biome-ignore lint/security/noDangerouslySetInnerHtml: annotations may hold links; the text is sanitized */}
      {mark.text && <div dangerouslySetInnerHTML={{ __html: textUtil.sanitize(mark.text) }} />}
      {mark.tags.length > 0 && <TagList tags={[...mark.tags]} />}
      {id !== undefined && (deleting ? (
        <Stack gap={1} alignItems="center"><span>Delete it?</span><Button size="sm" variant="destructive" onClick={() => onAnnotationDelete?.(id)}>Delete</Button><Button size="sm" variant="secondary" onClick={() => setDeleting(false)}>Keep</Button></Stack>
      ) : (
        <Stack gap={1}>
          {canEditAnnotations?.(dashboardUid) && <Button size="sm" variant="secondary" icon="pen" onClick={() => onEdit(mark)}>Edit</Button>}
          {canDeleteAnnotations?.(dashboardUid) && <Button size="sm" variant="secondary" icon="trash-alt" onClick={() => setDeleting(true)}>Delete</Button>}
        </Stack>
      ))}
    </div>
  );
}

function paint(u: uPlot, marks: readonly Mark[]): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const { from, to, color } of marks) {
    const left = Math.round(u.valToPos(from, 'x', true));
    ctx.strokeStyle = color;
    ctx.fillStyle = color;
    ctx.lineWidth = 1;
    ctx.setLineDash([5, 5]);
    const edges = to === undefined ? [left] : [left, Math.round(u.valToPos(to, 'x', true))];
    for (const edge of edges) {
      ctx.beginPath();
      ctx.moveTo(edge, bbox.top);
      ctx.lineTo(edge, bbox.top + bbox.height);
      ctx.stroke();
    }
    if (edges.length === 2) {
      ctx.globalAlpha = 0.1;
      ctx.fillRect(edges[0]!, bbox.top, edges[1]! - edges[0]!, bbox.height);
      ctx.globalAlpha = 1;
    }
  }
  ctx.restore();
}

const stylesOf = (theme: GrafanaTheme2) => ({
  mark: css({ position: 'absolute', bottom: -6, width: 0, height: 0, padding: 0, background: 'none', border: '5px solid transparent', borderTop: 0, borderBottom: '6px solid', cursor: 'pointer', zIndex: 2 }),
  region: css({ border: 0, height: 6, borderRadius: theme.shape.radius.default }),
  text: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(0.5), maxWidth: 360, overflowWrap: 'anywhere' }),
});
