/**
 * Rule evaluation: CPU-seconds for 1,000 evaluations of a Prometheus query with a threshold, and memory with that many rules, at thirty and at three
 * hundred a second. How many a second there is time for follows from the larger size, whose code is hot.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuSeconds, residentMb } from './process-cost.ts';
import { removeFolder, startServer } from './server-under-test.ts';
import { startStubPrometheus } from './stub-prometheus.ts';
import { printTable, type Row } from './table.ts';

const sizes = [{ rules: 300, residentMb: 130 }, { rules: 3_000, residentMb: 300 }];
/** Three rounds of the ten seconds that a rule waits. */
const measuredMs = 30_000;

export async function benchRules(only?: string): Promise<void> {
  const rows: Row[] = [];
  for (const { rules, residentMb: budget } of sizes) if (!only || only === String(rules)) rows.push(...await measured(rules, budget));
  printTable('Alert rules', rows);
}

async function measured(rulesWanted: number, residentBudget: number): Promise<Row[]> {
  const stub = await startStubPrometheus();
  const dir = mkdtempSync(join(tmpdir(), 'belvedere-bench-rules-'));
  write(dir, 'datasources/prometheus.yaml', { apiVersion: 1, datasources: [{ name: 'Prometheus', uid: 'prom', type: 'prometheus', access: 'proxy', url: stub.url }] });
  write(dir, 'alerting/rules.yaml', {
    apiVersion: 1,
    groups: Array.from({ length: rulesWanted / 10 }, (_, group) => ({
      orgId: 1, name: `group ${group}`, folder: 'Bench', interval: '10s',
      rules: Array.from({ length: 10 }, (_, n) => ({
        uid: `rule-${group}-${n}`, title: `rule ${group} ${n}`, condition: 'B', for: '1m', noDataState: 'OK', execErrState: 'Error',
        data: [
          { refId: 'A', relativeTimeRange: { from: 600, to: 0 }, datasourceUid: 'prom', model: { refId: 'A', expr: 'bench_instant', instant: true, range: false } },
          { refId: 'B', datasourceUid: '__expr__', model: { refId: 'B', type: 'threshold', expression: 'A', conditions: [{ evaluator: { type: 'gt', params: [1e9] } }] } },
        ],
      })),
    })),
  });
  const server = await startServer({}, dir);
  const rows: Row[] = [];
  try {
    // All rules have been evaluated once: what is measured is the steady state.
    const start = Date.now();
    while ((await evaluations(server.base)) < rulesWanted && Date.now() - start < 120_000) await wait(250);
    const [before, cpuBefore] = [await evaluations(server.base), cpuSeconds(server.pid)];
    await wait(measuredMs);
    const [after, cpuAfter] = [await evaluations(server.base), cpuSeconds(server.pid)];
    const count = after - before;
    const perThousand = ((cpuAfter - cpuBefore) / count) * 1000;
    rows.push({ name: `one of ${rulesWanted} rules evaluated`, value: perThousand, unit: 'CPU-s/1,000', budget: 0.5, beside: `${(count / (measuredMs / 1000)).toFixed(1)}/s of ${rulesWanted / 10} wanted` });
    rows.push({ name: `resident with ${rulesWanted} rules`, value: residentMb(server.pid), unit: 'MB', budget: residentBudget });
    if (rulesWanted === 3_000) rows.push({ name: 'evaluations a second there is time for', value: 1_000 / perThousand, unit: '/s', budget: 2_000, higherIsBetter: true });
    return rows;
  } finally {
    await server.stop();
    await stub.stop();
    removeFolder(dir);
  }
}

async function evaluations(base: string): Promise<number> {
  const text = await (await fetch(`${base}/metrics`)).text();
  return [...text.matchAll(/^grafana_alerting_rule_evaluations_total(?:\{[^}]*\})? (\S+)$/gm)].reduce((sum, [, value]) => sum + Number(value), 0);
}

function write(dir: string, file: string, content: unknown): void {
  const path = join(dir, 'provisioning', file);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, JSON.stringify(content));
}

const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));
