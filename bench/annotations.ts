/** A hundred thousand annotations, a second apart. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Request } from './load.ts';

const wanted = 100_000;
/** What a request asks for: 300 of them. */
const rangeMs = 300_000;
const rangesMax = 300;

export const anAnnotation = (n: number, now: number) => ({ time: now - n * 1_000, timeEnd: now - n * 1_000 + 500, tags: ['bench', `team-${n % 10}`], text: `deployed build ${n} of the service` });

/** Straight into the database of the server: through its API this would take longer than all measurements. `dashboards`: on so many of them, in turn; 0: of the organization. */
export function fillAnnotations(folder: string, now: number, dashboards = 0): void {
  const db = new DatabaseSync(join(folder, 'data', 'grafana.db'), { timeout: 10_000 });
  db.exec('begin immediate');
  const insert = db.prepare(`insert into annotation (org_id, dashboard_uid, panel_id, alert_id, alert_uid, user_id, prev_state, new_state, text, tags, data, epoch, epoch_end, created, updated)
    values (1, ?, 0, 0, '', 0, '', '', ?, ?, '', ?, ?, ?, ?)`);
  const tag = db.prepare('insert into annotation_tag (annotation_id, org_id, tag_key, tag_value) values (?, 1, ?, \'\')');
  for (let n = 0; n < wanted; n++) {
    const { time, timeEnd, tags, text } = anAnnotation(n, now);
    const { lastInsertRowid } = insert.run(dashboards === 0 ? '' : `bench-${n % dashboards}`, text, JSON.stringify(tags), time, timeEnd, now, now);
    for (const one of tags) tag.run(lastInsertRowid, one);
  }
  db.exec('commit');
  db.close();
}

/** The nth range, going back from now. */
export function rangeOf(n: number, now: number, headers: Record<string, string>): Request {
  const to = now - (n % rangesMax) * rangeMs;
  return { path: `/api/annotations?from=${to - rangeMs}&to=${to}&limit=300`, headers };
}
