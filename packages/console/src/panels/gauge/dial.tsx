/** One value on a dial: the arc from min to max, its thresholds, the bar up to the value, value and name. */
import { css } from '@emotion/css';
import { formattedValueToString, getDisplayProcessor, sortThresholds, ThresholdsMode, type FieldDisplay, type GrafanaTheme2 } from '@grafana/data';
import { measureText, useStyles2, useTheme2 } from '@grafana/ui';
import { useId, useMemo } from 'react';

export interface DialProps {
  readonly value: FieldDisplay;
  readonly width: number;
  readonly height: number;
  readonly shape: 'circle' | 'gauge';
  readonly barWidthFactor: number;
  readonly rounded: boolean;
  readonly gradient: boolean;
  readonly segmentCount: number;
  readonly segmentSpacing: number;
  readonly thresholdsShown: boolean;
  readonly labelsShown: boolean;
  readonly nameShown: boolean;
  readonly valueShown: boolean;
  readonly neutral: number | undefined;
  readonly valueSize: number | undefined;
  readonly nameSize: number | undefined;
}

const sweep = { gauge: { start: -120, end: 120 }, circle: { start: -180, end: 180 } } as const;

const point = (cx: number, cy: number, radius: number, degrees: number): readonly [number, number] => {
  const radians = ((degrees - 90) * Math.PI) / 180;
  return [cx + radius * Math.cos(radians), cy + radius * Math.sin(radians)];
};

/** A full circle cannot be told as one arc; it ends a little short. */
export function arc(cx: number, cy: number, radius: number, from: number, to: number): string {
  const end = Math.min(to, from + 359.99);
  const [x0, y0] = point(cx, cy, radius, from);
  const [x1, y1] = point(cx, cy, radius, end);
  return `M ${x0} ${y0} A ${radius} ${radius} 0 ${end - from > 180 ? 1 : 0} 1 ${x1} ${y1}`;
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** Where thresholds begin, as parts of the way from min to max. */
export function bands({ field }: FieldDisplay, min: number, max: number): readonly { readonly from: number; readonly to: number; readonly color: string; readonly at: number }[] {
  const { thresholds } = field;
  if (!thresholds?.steps?.length) return [];
  const steps = sortThresholds([...thresholds.steps]);
  const part = (value: number) => (thresholds.mode === ThresholdsMode.Percentage ? clamp(value / 100, 0, 1) : clamp((value - min) / (max - min), 0, 1));
  return steps.map(({ value, color }, i) => ({ from: i === 0 ? 0 : part(value), to: i + 1 < steps.length ? part(steps[i + 1]!.value) : 1, color, at: thresholds.mode === ThresholdsMode.Percentage ? min + (value / 100) * (max - min) : value }))
    .filter(({ from, to }) => to > from);
}

export function Dial(props: DialProps) {
  const { value, width, height, shape, barWidthFactor, rounded, gradient, segmentCount, segmentSpacing, thresholdsShown, labelsShown, nameShown, valueShown, neutral, valueSize, nameSize } = props;
  const styles = useStyles2(stylesOf);
  const theme = useTheme2();
  const id = useId();
  const { start, end } = sweep[shape];
  const min = value.field.min ?? 0;
  const max = value.field.max ?? 100;
  const display = useMemo(() => getDisplayProcessor({ field: { config: value.field }, theme }), [value.field, theme]);
  const name = value.display.title ?? '';
  const nameHeight = nameShown && name ? clamp(height * 0.12, 14, 24) : 0;
  const room = height - nameHeight;
  // Labels would leave a small dial no room.
  const labelled = labelsShown && width > 180;
  const labelRoom = labelled ? 16 : 0;
  // The lower part of an open dial is empty, so the dial may be larger than its place is high.
  const tall = shape === 'gauge' ? 1.55 : 2;
  const radius = Math.max(Math.min(width / 2 - labelRoom * 2.4, (room - labelRoom * 1.7) / tall) - 4, 8);
  const cx = width / 2;
  const cy = shape === 'gauge' ? labelRoom + radius + 4 + Math.max(0, (room - labelRoom - radius * tall - 8) / 2) : room / 2;
  const ring = thresholdsShown ? clamp(radius * 0.07, 2, 8) : 0;
  const gap = thresholdsShown ? clamp(radius * 0.03, 1, 4) : 0;
  const barWidth = clamp(radius * 0.6 * barWidthFactor, 4, 60);
  const barRadius = radius - ring - gap - barWidth / 2;
  const { numeric, color = theme.colors.primary.main } = value.display;
  const part = Number.isNaN(numeric) ? 0 : clamp((numeric - min) / (max - min || 1), 0, 1);
  const zero = neutral === undefined ? 0 : clamp((neutral - min) / (max - min || 1), 0, 1);
  const angle = (at: number) => start + at * (end - start);
  const marks = useMemo(() => bands(value, min, max), [value, min, max]);
  const text = formattedValueToString(value.display);
  const inner = (barRadius - barWidth / 2) * 2 * 0.86;
  const fitted = (longest: string, most: number, high: number) => clamp((most / Math.max(measureText(longest, 14).width, 1)) * 14, 8, high);
  const fontSize = valueSize ?? fitted(text, inner, radius * 0.45);
  const nameFont = nameSize ?? fitted(name, width * 0.95, nameHeight * 0.75);
  const [from, to] = part >= zero ? [zero, part] : [part, zero];
  const dashes = segmentCount > 1 ? segmentsOf(barRadius, start, end, segmentCount, segmentSpacing) : undefined;
  const cap = rounded && !dashes ? 'round' : 'butt';
  return (
    <svg width={width} height={height} role="img" aria-label={`${name ? `${name}: ` : ''}${text}`}>
      {gradient && (
        <linearGradient id={id} gradientUnits="userSpaceOnUse" x1={cx - radius} x2={cx + radius} y1={cy} y2={cy}>
          <stop offset="0%" stopColor={color} stopOpacity={0.5} />
          <stop offset="100%" stopColor={color} />
        </linearGradient>
      )}
      {marks.map((band) => thresholdsShown && <path key={band.from} d={arc(cx, cy, radius - ring / 2, angle(band.from), angle(band.to))} fill="none" stroke={theme.visualization.getColorByName(band.color)} strokeWidth={ring} />)}
      <path d={arc(cx, cy, barRadius, start, end)} fill="none" stroke={theme.colors.action.hover} strokeWidth={barWidth} strokeLinecap={cap} strokeDasharray={dashes} />
      {to > from && (dashes
        ? <path d={arc(cx, cy, barRadius, start, end)} fill="none" stroke={gradient ? `url(#${id})` : color} strokeWidth={barWidth} strokeDasharray={litSegments(dashes, barRadius, start, end, from, to)} />
        : <path d={arc(cx, cy, barRadius, angle(from), angle(to))} fill="none" stroke={gradient ? `url(#${id})` : color} strokeWidth={barWidth} strokeLinecap={cap} />)}
      {labelled && [{ at: min, part: 0 }, ...marks.slice(1).map((band) => ({ at: band.at, part: band.from })), { at: max, part: 1 }].map(({ at, part: place }) => {
        const [x, y] = point(cx, cy, radius + 9, angle(place));
        return <text key={place} x={x} y={y} className={styles.label} textAnchor={x < cx - 4 ? 'end' : x > cx + 4 ? 'start' : 'middle'}>{formattedValueToString(display(at))}</text>;
      })}
      {valueShown && <text x={cx} y={cy + (shape === 'gauge' ? fontSize * 0.1 : 0)} className={styles.value} style={{ fontSize, fill: color }}>{text}</text>}
      {nameHeight > 0 && <text x={cx} y={height - nameHeight / 2} className={styles.name} style={{ fontSize: nameFont }}>{name}</text>}
    </svg>
  );
}

function segmentsOf(radius: number, start: number, end: number, count: number, spacing: number): string {
  const length = (2 * Math.PI * radius * (end - start)) / 360;
  const each = length / count;
  const hole = Math.max(each * spacing * 0.6, 1);
  return `${each - hole} ${hole}`;
}

/** Lit segments, then one gap over the rest: a dash pattern is written out. */
function litSegments(pattern: string, radius: number, start: number, end: number, from: number, to: number): string {
  const [dash, hole] = pattern.split(' ').map(Number) as [number, number];
  const length = (2 * Math.PI * radius * (end - start)) / 360;
  const first = Math.floor((from * length) / (dash + hole));
  const last = Math.ceil((to * length) / (dash + hole));
  const lit = Array.from({ length: Math.max(last - first, 1) }, () => `${dash} ${hole}`).join(' ');
  return first === 0 ? `${lit} 0 ${length}` : `0 ${first * (dash + hole)} ${lit} 0 ${length}`;
}

const stylesOf = (theme: GrafanaTheme2) => ({
  value: css({ textAnchor: 'middle', dominantBaseline: 'central', fontWeight: theme.typography.fontWeightMedium }),
  name: css({ textAnchor: 'middle', dominantBaseline: 'central', fill: theme.colors.text.primary }),
  label: css({ fontSize: 10, fill: theme.colors.text.secondary, dominantBaseline: 'central' }),
});
