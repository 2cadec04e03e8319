/** A million annotations are no trouble as long as no question makes the database look at all of them: how it goes about each is asked, and read. */
import { sql } from 'kysely';
import { afterEach, expect, test } from 'vitest';
import type { Database, DatabaseName, PreparedStatement } from '../../../infra/db/database.ts';
import { onEveryDatabase } from '../../../infra/db/on-every-database.ts';
import { annotationMigrations, createAnnotationStore } from './annotation-store.ts';
import type { Annotation, AnnotationQuery } from './annotation.ts';

interface Asked {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** Remembers every statement that is not an insert. */
function listening(db: Database, asked: Asked[]): Database {
  const statement = <R>(text: string, prepared: PreparedStatement<R>): PreparedStatement<R> => {
    const heard = (values: readonly unknown[]) => {
      if (!/^insert/.test(text)) asked.push({ sql: text, values });
      return values;
    };
    return { all: (...values) => prepared.all(...heard(values)), first: (...values) => prepared.first(...heard(values)), run: (...values) => prepared.run(...heard(values)) };
  };
  return {
    name: db.name,
    get inTransaction() {
      return db.inTransaction;
    },
    tables: () => {
      throw new Error('statements of the annotation store are texts, so that this test hears them');
    },
    transaction: (work) => db.transaction((tx) => work(listening(tx, asked))),
    prepare: <R>(text: string) => statement<R>(text, db.prepare<R>(text)),
    insertReturningId: (table, row) => db.insertReturningId(table, row), ping: () => db.ping(), connections: () => db.connections(), close: () => db.close(),
  };
}

const everything: AnnotationQuery = { from: 0, to: 0, limit: 100, dashboardUid: '', panelId: 0, alertId: 0, alertUid: '', userId: 0, type: '', tags: [], matchAny: false };
const startedAt = 1_700_000_000_000;
const rowsWanted = 20_000;

function anAnnotation(n: number): Omit<Annotation, 'id'> {
  const time = startedAt + n * 1_000;
  return {
    orgId: 1 + (n % 2), dashboardUid: n % 3 === 0 ? '' : `d${n % 200}`, panelId: n % 7, alertId: n % 5 === 0 ? 1 + (n % 50) : 0, alertUid: n % 5 === 0 ? `rule${n % 50}` : '', userId: n % 11,
    prevState: '', newState: '', text: `n ${n}`, tags: [], data: '', time, timeEnd: time + (n % 100) * 1_000, created: time, updated: time,
  };
}

/** Many rows in few statements: what is there is doubled until it is enough. */
async function fill(db: Database): Promise<void> {
  const columns = 'org_id, dashboard_uid, panel_id, alert_id, alert_uid, user_id, prev_state, new_state, text, tags, data';
  await createAnnotationStore(db).insertMany(Array.from({ length: 625 }, (_, n) => anAnnotation(n)));
  for (let rows = 625; rows < rowsWanted; rows *= 2) {
    await sql.raw(`insert into annotation (${columns}, epoch, epoch_end, created, updated) select ${columns}, epoch + ${rows * 1_000}, epoch_end + ${rows * 1_000}, created + ${rows * 1_000}, updated from annotation`).execute(db.tables());
  }
  await sql.raw(`insert into annotation_tag (annotation_id, org_id, tag_key, tag_value) select id, org_id, concat('key', id % 100), concat('value', id % 7) from annotation`.replace(
    /concat\(([^,]+), ([^)]+)\)/g, (whole, a: string, b: string) => (db.name === 'sqlite' ? `${a} || (${b})` : whole))).execute(db.tables());
  for (const table of ['annotation', 'annotation_tag']) await sql.raw(db.name === 'mysql' ? `analyze table ${table}` : `analyze ${table}`).execute(db.tables());
}

/** Lines of the plan that read a whole table, or a whole index; none is as it should be. */
const wholeReads: Record<DatabaseName, (db: Database, asked: Asked) => Promise<string[]>> = {
  async sqlite(db, { sql: text, values }) {
    const plan = await db.prepare<{ detail: string }>(`explain query plan ${text}`).all(...values);
    return plan.map(({ detail }) => detail).filter((detail) => /^SCAN (?!.*CONSTANT ROW)/.test(detail));
  },
  async postgres(db, { sql: text, values }) {
    return db.transaction(async (tx) => {
      // A table of this size would be read whole because it is small; what is asked is whether there is another way.
      await tx.prepare('set local enable_seqscan = off').run();
      const plan = await tx.prepare<{ 'QUERY PLAN': string }>(`explain ${text}`).all(...values);
      return plan.map((line) => line['QUERY PLAN']).filter((line) => /Seq Scan/.test(line));
    });
  },
  async mysql(db, { sql: text, values }) {
    const plan = await db.prepare<{ table: string | null; type: string | null; key: string | null }>(`explain ${text}`).all(...values);
    return plan.filter(({ table, type, key }) => /^annotation/.test(table ?? '') && (type === 'ALL' || type === 'index' || key === null)).map((line) => JSON.stringify(line));
  },
};

onEveryDatabase('with many annotations', (open, database) => {
  const asked: Asked[] = [];
  afterEach(() => {
    asked.length = 0;
  });

  test('nothing that is asked reads all of them', { timeout: 120_000 }, async () => {
    const db = await open(annotationMigrations);
    await fill(db);
    const store = createAnnotationStore(listening(db, asked));
    const range = { from: startedAt + 5_000_000, to: startedAt + 6_000_000 };
    const alike: Partial<AnnotationQuery>[] = [
      {}, { dashboardUid: 'd7' }, { dashboardUid: 'd7', panelId: 3 }, { panelId: 3 }, { type: 'alert' }, { type: 'annotation' }, { alertId: 3 }, { alertId: -1 }, { alertUid: 'rule3' }, { userId: 4 },
      { tags: ['key1'] }, { tags: ['key1:value1'] }, { tags: ['key1', 'key2:value2'] }, { tags: ['key1', 'key2:value2'], matchAny: true }, { dashboardUid: 'd7', tags: ['key1'] },
    ];
    for (const query of alike) for (const time of [{}, range]) await store.listTexts(1, { ...everything, ...query, ...time }, { limit: 100, offset: 0 });
    const found = (await store.find(1, 501))!;
    await store.update({ ...found, tags: ['a'] });
    await store.tags(1);
    await store.delete(1, [503, 505]);
    await store.deleteOfPanel(1, 'd11', 4);
    for (const kind of ['alert', 'dashboard', 'api'] as const) {
      await store.deleteOlder(kind, startedAt + 100_000, 10);
      await store.deleteBeyond(kind, 1_000, 10);
    }
    expect(asked.length).toBeGreaterThan(40);
    expect(await wholeReads[database](db, { sql: 'select id from annotation where text = ?', values: ['x'] }), 'what has no index is noticed').not.toEqual([]);
    for (const statement of asked) expect(await wholeReads[database](db, statement), statement.sql).toEqual([]);
  });
});
