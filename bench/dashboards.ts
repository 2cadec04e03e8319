/** A dashboard of about 30 KB, as they are in the wild: 20 panels with targets, overrides and thresholds. */
export function aDashboard(n: number, uid?: string) {
  const panels = Array.from({ length: 20 }, (_, i) => ({
    id: i + 1, type: 'timeseries', title: `Panel ${i} of ${n}`, gridPos: { x: (i % 2) * 12, y: Math.floor(i / 2) * 8, w: 12, h: 8 },
    datasource: { type: 'prometheus', uid: 'prom' },
    fieldConfig: {
      defaults: { unit: 'reqps', custom: { drawStyle: 'line', lineWidth: 1, fillOpacity: 10, showPoints: 'never' }, thresholds: { mode: 'absolute', steps: [{ color: 'green', value: null }, { color: 'red', value: 80 }] } },
      overrides: Array.from({ length: 4 }, (_, o) => ({ matcher: { id: 'byName', options: `series ${o}` }, properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: 'blue' } }, { id: 'displayName', value: `Series number ${o}` }] })),
    },
    options: { legend: { displayMode: 'table', placement: 'bottom', calcs: ['mean', 'max', 'lastNotNull'] }, tooltip: { mode: 'multi' } },
    targets: [{ refId: 'A', expr: `sum by (job, instance) (rate(http_requests_total{job="service-${i}", code=~"5.."}[$__rate_interval]))`, legendFormat: '{{job}} {{instance}}' }],
  }));
  return { ...(uid ? { uid } : {}), title: `Service ${n} overview`, tags: ['bench', `team-${n % 10}`], schemaVersion: 41, timezone: 'browser', time: { from: 'now-6h', to: 'now' }, templating: { list: [] }, panels };
}
