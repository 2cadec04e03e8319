/** What a query says of events: its samples, by their times and labels. */
import type { AnnotationEvent, DataFrame } from '@grafana/data';
import { kinds } from '../../host/transformations/frames.ts';

interface PromAnnotation {
  readonly titleFormat?: string;
  readonly textFormat?: string;
  readonly tagKeys?: string;
  readonly useValueForTime?: boolean;
  readonly step?: string;
}

/** Samples above zero that follow on each other are one event. */
export function eventsOf({ titleFormat = '', textFormat = '', tagKeys = '', useValueForTime = false }: PromAnnotation, frames: readonly DataFrame[]): AnnotationEvent[] {
  const events: AnnotationEvent[] = [];
  const keys = tagKeys.split(',').map((key) => key.trim()).filter((key) => key !== '');
  for (const frame of frames) {
    const time = frame.fields.find(({ type }) => type === kinds.time);
    const value = frame.fields.find(({ type }) => type === kinds.number);
    if (!time || !value) continue;
    const labels = value.labels ?? {};
    const filled = (format: string) => format.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_all, name: string) => labels[name] ?? '');
    const told = { title: filled(titleFormat), text: filled(textFormat), tags: keys.flatMap((key) => labels[key] ?? []) };
    const step = time.values.length > 1 ? Math.min(...time.values.slice(1).map((at: number, i: number) => at - time.values[i])) : 60_000;
    let current: AnnotationEvent | undefined;
    time.values.forEach((at: number, i: number) => {
      const sample = Number(value.values[i]);
      if (!(sample > 0)) {
        current = undefined;
        return;
      }
      if (useValueForTime) {
        if (!events.some((event) => event.time === sample && event.title === told.title)) events.push({ ...told, time: sample });
        return;
      }
      if (current && at - (current.timeEnd ?? current.time!) <= step * 1.1) {
        current.timeEnd = at;
        current.isRegion = true;
        return;
      }
      current = { ...told, time: at, timeEnd: at };
      events.push(current);
    });
  }
  return events;
}
