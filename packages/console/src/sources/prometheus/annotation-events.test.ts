import type { DataFrame } from '@grafana/data';
import { expect, test } from 'vitest';
import { eventsOf } from './annotation-events.ts';

/** As the scene hands it over: marked as an answer about annotations. */
const samples = (values: readonly (readonly [time: number, value: number])[], labels = { job: 'web', host: 'a' }): DataFrame => ({
  length: values.length, meta: { dataTopic: 'annotations' },
  fields: [{ name: 'Time', type: 'time', config: {}, values: values.map(([time]) => time) }, { name: 'Value', type: 'number', config: {}, labels, values: values.map(([, value]) => value) }],
}) as unknown as DataFrame;

test('samples above zero that follow on each other are one event', () => {
  const events = eventsOf({ titleFormat: 'Restart of {{job}}', textFormat: '{{ host }}', tagKeys: 'host, zone' }, [samples([[0, 1], [60_000, 1], [120_000, 0], [180_000, 1]])]);
  expect(events).toEqual([
    { title: 'Restart of web', text: 'a', tags: ['a'], time: 0, timeEnd: 60_000, isRegion: true },
    { title: 'Restart of web', text: 'a', tags: ['a'], time: 180_000, timeEnd: 180_000 },
  ]);
});

test('a value may be the time of the event, which is told once', () => {
  expect(eventsOf({ useValueForTime: true }, [samples([[0, 5_000], [60_000, 5_000], [120_000, 9_000]])]).map(({ time }) => time)).toEqual([5_000, 9_000]);
});

test('what is no series says nothing', () => {
  expect(eventsOf({}, [{ length: 0, fields: [] } as unknown as DataFrame])).toEqual([]);
});
