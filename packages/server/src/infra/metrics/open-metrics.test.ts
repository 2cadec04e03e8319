import { Counter, Gauge, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { openMetricsText, withoutEmptyFamilies } from './open-metrics.ts';

test('counters have their families without _total and their samples with it; the end is marked', async () => {
  const registry = new Registry();
  new Counter({ name: 'a_total', help: 'An a_total.', labelNames: ['x'], registers: [registry] }).inc({ x: 'y' }, 2);
  new Counter({ name: 'b_failed', help: 'B.', registers: [registry] }).inc();
  new Gauge({ name: 'c_total', help: 'C.', registers: [registry] }).set(3);
  expect(openMetricsText(await registry.metrics())).toBe(`# HELP a An a_total.
# TYPE a counter
a_total{x="y"} 2
# HELP b_failed B.
# TYPE b_failed counter
b_failed_total 1
# HELP c_total C.
# TYPE c_total gauge
c_total 3
# EOF
`);
});

test('a family without a sample is left out', async () => {
  const registry = new Registry();
  new Counter({ name: 'seen_total', help: 'Seen.', registers: [registry] });
  new Counter({ name: 'never_total', help: 'Never.', labelNames: ['x'], registers: [registry] });
  new Gauge({ name: 'level', help: 'Level.', labelNames: ['x'], registers: [registry] }).set({ x: 'y' }, 1);
  expect(withoutEmptyFamilies(await registry.metrics())).toBe(`# HELP seen_total Seen.
# TYPE seen_total counter
seen_total 0

# HELP level Level.
# TYPE level gauge
level{x="y"} 1
`);
});
