import { sql } from 'kysely';
import type { Database, DatabaseName, Migration } from '../../../infra/db/database.ts';
import { columns } from '../../../infra/db/columns.ts';
import { jsonQuoted } from '../../../infra/db/json-quoted.ts';
import { splitTag, type Annotation, type AnnotationQuery, type AnnotationText, type TagCount } from './annotation.ts';

interface Row {
  id: number;
  org_id: number;
  dashboard_uid: string;
  panel_id: number;
  alert_id: number;
  alert_uid: string;
  user_id: number;
  prev_state: string;
  new_state: string;
  text: string;
  tags: string;
  data: string;
  epoch: number;
  epoch_end: number;
  created: number;
  updated: number;
}

interface AnnotationTables {
  annotation: Row;
  annotation_tag: { id: number; annotation_id: number; org_id: number; tag_key: string; tag_value: string };
}

/** What an index can hold; longer tags are compared in full by whoever reads. */
const indexedLength = 190;

/**
 * How long the regions of each class last at most, ms; a point lasts nothing, and one class more has the longer ones. What overlaps the end
 * of a range ends within that time after it: so the search ends too, however many annotations came later.
 */
const spanBounds = [0, 60_000, 3_600_000, 86_400_000, 30 * 86_400_000];

/** Which annotations belong together in clean-up, as a column says it: a cleaner never touches the others. */
const classes: Record<AnnotationClass, number> = { api: 0, dashboard: 1, alert: 2 };

export const annotationMigrations: readonly Migration[] = [{
  id: 'annotation-0001-tables',
  async up(db, name) {
    const types = columns(name);
    await db.schema.createTable('annotation')
      .addColumn('id', ...types.id).addColumn('org_id', types.bigint, (c) => c.notNull()).addColumn('dashboard_uid', types.varchar(40), (c) => c.notNull())
      .addColumn('panel_id', types.bigint, (c) => c.notNull()).addColumn('alert_id', types.bigint, (c) => c.notNull()).addColumn('alert_uid', types.varchar(40), (c) => c.notNull())
      .addColumn('user_id', types.bigint, (c) => c.notNull()).addColumn('prev_state', types.varchar(100), (c) => c.notNull()).addColumn('new_state', types.varchar(100), (c) => c.notNull())
      .addColumn('text', types.longtext, (c) => c.notNull()).addColumn('tags', types.text, (c) => c.notNull()).addColumn('data', types.longtext, (c) => c.notNull())
      .addColumn('epoch', types.bigint, (c) => c.notNull()).addColumn('epoch_end', types.bigint, (c) => c.notNull())
      .addColumn('created', types.datetime, (c) => c.notNull()).addColumn('updated', types.datetime, (c) => c.notNull()).execute();
    await db.schema.createIndex('annotation_time').on('annotation').columns(['org_id', 'epoch_end', 'epoch']).execute();
    await db.schema.createIndex('annotation_dashboard').on('annotation').columns(['org_id', 'dashboard_uid', 'panel_id', 'epoch_end', 'epoch']).execute();
    await db.schema.createIndex('annotation_alert').on('annotation').columns(['alert_id', 'created']).execute();
    await db.schema.createIndex('annotation_alert_rule').on('annotation').columns(['org_id', 'alert_uid', 'epoch_end']).execute();
    await db.schema.createTable('annotation_tag')
      .addColumn('id', ...types.id).addColumn('annotation_id', types.bigint, (c) => c.notNull()).addColumn('org_id', types.bigint, (c) => c.notNull())
      .addColumn('tag_key', types.varchar(indexedLength), (c) => c.notNull()).addColumn('tag_value', types.varchar(indexedLength), (c) => c.notNull()).execute();
    await db.schema.createIndex('annotation_tag_tag').on('annotation_tag').columns(['org_id', 'tag_key', 'tag_value', 'annotation_id']).execute();
    await db.schema.createIndex('annotation_tag_annotation').on('annotation_tag').columns(['annotation_id']).execute();
  },
}, {
  id: 'annotation-0002-time-ranges',
  async up(db, name) {
    const classOf = spanBounds.map((bound, spanClass) => `when epoch_end - epoch <= ${bound} then ${spanClass}`).join(' ');
    // SQLite adds only columns that it computes when they are read; what is computed cannot be forgotten by whoever writes rows.
    await sql.raw(`alter table annotation add column span integer generated always as (case ${classOf} else ${spanBounds.length} end) ${name === 'sqlite' ? 'virtual' : 'stored'}`).execute(db);
    await db.schema.createIndex('annotation_span').on('annotation').columns(['span', 'epoch_end', 'epoch']).execute();
    await db.schema.createIndex('annotation_dashboard_time').on('annotation').columns(['org_id', 'dashboard_uid', 'epoch_end', 'epoch']).execute();
    const outdated = db.schema.dropIndex('annotation_dashboard');
    await (name === 'mysql' ? outdated.on('annotation') : outdated).execute();
  },
}, {
  id: 'annotation-0003-clean-up',
  async up(db, name) {
    const { alert, dashboard, api } = classes;
    await sql.raw(`alter table annotation add column class integer generated always as (case when alert_id <> 0 then ${alert} when dashboard_uid <> '' then ${dashboard} else ${api} end) ${
      name === 'sqlite' ? 'virtual' : 'stored'}`).execute(db);
    await db.schema.createIndex('annotation_class').on('annotation').columns(['class', 'created', 'id']).execute();
  },
}];

export type AnnotationClass = 'alert' | 'dashboard' | 'api';

export interface Page {
  readonly limit: number;
  readonly offset: number;
}

export interface AnnotationStore {
  insert(annotation: Omit<Annotation, 'id'>): Promise<number>;
  insertMany(annotations: readonly Omit<Annotation, 'id'>[]): Promise<void>;
  find(orgId: number, id: number): Promise<Annotation | undefined>;
  /** Latest end first, then latest start, then newest. */
  list(orgId: number, query: AnnotationQuery, page: Page): Promise<readonly Annotation[]>;
  findText(orgId: number, id: number): Promise<AnnotationText | undefined>;
  /** In the order of `list`. */
  listTexts(orgId: number, query: AnnotationQuery, page: Page): Promise<readonly AnnotationText[]>;
  update(annotation: Annotation): Promise<void>;
  delete(orgId: number, ids: readonly number[]): Promise<void>;
  deleteOfPanel(orgId: number, dashboardUid: string, panelId: number): Promise<void>;
  /** All tags of an org by name. Reads as much as the org has tagged. */
  tags(orgId: number): Promise<readonly TagCount[]>;
  /** Deletes at most `batch` annotations of a class that are older than a time; answers how many. */
  deleteOlder(kind: AnnotationClass, before: number, batch: number): Promise<number>;
  /** Deletes at most `batch` annotations of a class beyond the newest `keep`; answers how many. */
  deleteBeyond(kind: AnnotationClass, keep: number, batch: number): Promise<number>;
}

const fromRow = (row: Row): Annotation => ({
  id: row.id, orgId: row.org_id, dashboardUid: row.dashboard_uid, panelId: row.panel_id, alertId: row.alert_id, alertUid: row.alert_uid, userId: row.user_id,
  prevState: row.prev_state, newState: row.new_state, text: row.text, tags: tagsOf(row.tags), data: row.data,
  time: row.epoch, timeEnd: row.epoch_end, created: row.created, updated: row.updated,
});

/** Columns of an `AnnotationText`: each text is put together in one call, and what is empty is left out as the answer leaves it out. */
function textColumns(name: DatabaseName): string {
  const unless = (empty: string, column: string, key: string, value: string) => `case when ${column} = ${empty} then '' else concat(',"${key}":', ${value}) end`;
  const quoted = (column: string) => jsonQuoted(name, column);
  const ofText = (column: string, key: string) => unless("''", column, key, quoted(column));
  const head = `concat('{"id":', id, ${unless('0', 'alert_id', 'alertId', 'alert_id')})`;
  const rest = `concat(',"dashboardUID":', ${quoted('dashboard_uid')}, ${unless('0', 'panel_id', 'panelId', 'panel_id')}, ${ofText('new_state', 'newState')}, ${ofText('prev_state', 'prevState')},
    ',"created":', created, ',"updated":', updated, ',"time":', epoch, ',"timeEnd":', epoch_end, ${ofText('text', 'text')}, ${unless("'[]'", 'tags', 'tags', 'tags')})`;
  return `dashboard_uid as "dashboardUid", user_id as "userId", ${head} as head, ${rest} as rest, case when data = '' then '{}' else data end as data`;
}

/** The same few lists come again and again. */
const knownTags = new Map<string, readonly string[]>([['[]', []]]);
const knownTagsMax = 1_000;

function tagsOf(text: string): readonly string[] {
  let tags = knownTags.get(text);
  if (!tags) {
    tags = JSON.parse(text) as string[];
    if (knownTags.size >= knownTagsMax) knownTags.clear();
    knownTags.set(text, tags);
  }
  return tags;
}

const toRow = (a: Omit<Annotation, 'id'>): Omit<Row, 'id'> => ({
  org_id: a.orgId, dashboard_uid: a.dashboardUid, panel_id: a.panelId, alert_id: a.alertId, alert_uid: a.alertUid, user_id: a.userId, prev_state: a.prevState,
  new_state: a.newState, text: a.text, tags: JSON.stringify(a.tags), data: a.data, epoch: a.time, epoch_end: a.timeEnd, created: a.created, updated: a.updated,
});

const indexed = (text: string) => text.slice(0, indexedLength);

export function createAnnotationStore(db: Database): AnnotationStore {
  const q = (on: Database = db) => on.tables<AnnotationTables>();
  const asTexts = textColumns(db.name);
  const one = db.prepare<Row>('select * from annotation where org_id = ? and id = ?');
  const oneText = db.prepare<AnnotationText>(`select ${asTexts} from annotation where org_id = ? and id = ?`);

  async function insertTags(on: Database, orgId: number, annotationId: number, tags: readonly string[]): Promise<void> {
    if (tags.length === 0) return;
    const rows = tags.map((tag) => {
      const { key, value } = splitTag(tag);
      return [annotationId, orgId, indexed(key), indexed(value)];
    });
    const placeholders = rows.map(() => '(?, ?, ?, ?)').join(', ');
    await on.prepare(`insert into annotation_tag (annotation_id, org_id, tag_key, tag_value) values ${placeholders}`).run(...rows.flat());
  }

  async function insertIn(on: Database, annotation: Omit<Annotation, 'id'>): Promise<number> {
    const id = await on.insertReturningId('annotation', { ...toRow(annotation) });
    await insertTags(on, annotation.orgId, id, annotation.tags);
    return id;
  }

  async function deleteRows(ids: readonly number[]): Promise<void> {
    for (let i = 0; i < ids.length; i += 500) {
      const some = ids.slice(i, i + 500);
      const listed = some.map(() => '?').join(', ');
      await db.transaction(async (tx) => {
        await tx.prepare(`delete from annotation_tag where annotation_id in (${listed})`).run(...some);
        await tx.prepare(`delete from annotation where id in (${listed})`).run(...some);
      });
    }
  }

  async function select<R>(wanted: string, orgId: number, query: AnnotationQuery, { limit, offset }: Page): Promise<R[]> {
    const page = (range: Condition, take: number, skip: number) => {
      const { sql: conditions, values } = conditionsOf(orgId, query, range);
      return db.prepare<R>(`select ${wanted} from annotation where ${conditions} order by epoch_end desc, epoch desc, id desc limit ${Math.trunc(take)} offset ${Math.trunc(skip)}`).all(...values);
    };
    if (query.from <= 0 || query.to <= 0) return page(anyTime(orgId), limit, offset);
    // Few regions outlast the range, and those that do end after all others.
    const outlasting = await page(outlastingCondition(orgId, query.to), offset + limit, 0);
    const first = outlasting.slice(offset);
    if (first.length === limit) return first;
    const ending = await page(endingCondition(orgId, query), limit - first.length, Math.max(0, offset - outlasting.length));
    return first.length === 0 ? ending : [...first, ...ending];
  }

  const idsOf = async (statement: string, ...values: readonly unknown[]) => (await db.prepare<{ id: number }>(statement).all(...values)).map(({ id }) => id);

  return {
    insert: (annotation) => (annotation.tags.length === 0 ? insertIn(db, annotation) : db.transaction((tx) => insertIn(tx, annotation))),
    async insertMany(annotations) {
      await db.transaction(async (tx) => {
        for (let i = 0; i < annotations.length; i += 500) {
          const some = annotations.slice(i, i + 500);
          const plain = some.filter(({ tags }) => tags.length === 0);
          if (plain.length > 0) await q(tx).insertInto('annotation').values(plain.map(toRow) as never).execute();
          for (const tagged of some.filter(({ tags }) => tags.length > 0)) await insertIn(tx, tagged);
        }
      });
    },
    async find(orgId, id) {
      const row = await one.first(orgId, id);
      return row && fromRow(row);
    },
    async list(orgId, query, page) {
      return (await select<Row>('*', orgId, query, page)).map(fromRow);
    },
    async findText(orgId, id) {
      return oneText.first(orgId, id);
    },
    async listTexts(orgId, query, page) {
      if (query.tags.length === 0) return select<AnnotationText>(asTexts, orgId, query, page);
      return (await select<Omit<AnnotationText, 'tags'> & { tags: string }>(`tags, ${asTexts}`, orgId, query, page)).map((row) => ({ ...row, tags: tagsOf(row.tags) }));
    },
    async update(annotation) {
      const row = Object.entries(toRow(annotation));
      await db.transaction(async (tx) => {
        await tx.prepare(`update annotation set ${row.map(([column]) => `"${column}" = ?`).join(', ')} where id = ? and org_id = ?`).run(...row.map(([, value]) => value), annotation.id, annotation.orgId);
        await tx.prepare('delete from annotation_tag where annotation_id = ?').run(annotation.id);
        await insertTags(tx, annotation.orgId, annotation.id, annotation.tags);
      });
    },
    async delete(orgId, ids) {
      await deleteRows(await idsOf(`select id from annotation where org_id = ? and id in (${ids.map(() => '?').join(', ')})`, orgId, ...ids));
    },
    async deleteOfPanel(orgId, dashboardUid, panelId) {
      await deleteRows(await idsOf('select id from annotation where org_id = ? and dashboard_uid = ? and panel_id = ?', orgId, dashboardUid, panelId));
    },
    async tags(orgId) {
      const rows = await db.prepare<{ tag_key: string; tag_value: string; n: number }>(
        'select tag_key, tag_value, count(*) as n from annotation_tag where org_id = ? group by tag_key, tag_value order by tag_key, tag_value').all(orgId);
      return rows.map((row) => ({ tag: row.tag_value === '' ? row.tag_key : `${row.tag_key}:${row.tag_value}`, count: Number(row.n) }));
    },
    async deleteOlder(kind, before, batch) {
      const ids = await idsOf(`select id from annotation where class = ? and created < ? order by created, id limit ${Math.trunc(batch)}`, classes[kind], before);
      await deleteRows(ids);
      return ids.length;
    },
    async deleteBeyond(kind, keep, batch) {
      const ids = await idsOf(`select id from annotation where class = ? order by created desc, id desc limit ${Math.trunc(batch)} offset ${Math.trunc(keep)}`, classes[kind]);
      await deleteRows(ids);
      return ids.length;
    },
  };
}

interface Condition {
  readonly sql: string;
  readonly values: readonly unknown[];
}

const anyTime = (orgId: number): Condition => ({ sql: 'org_id = ?', values: [orgId] });
const endingCondition = (orgId: number, { from, to }: AnnotationQuery): Condition => ({ sql: 'org_id = ? and epoch <= ? and epoch_end >= ? and epoch_end <= ?', values: [orgId, to, from, to] });
/** The plus keeps planners from the indexes by org, in which they would read all that came later. */
const outlastingCondition = (orgId: number, to: number): Condition => ({
  sql: `+org_id = ? and epoch <= ? and (${[...spanBounds.slice(1).map((_, i) => `(span = ${i + 1} and epoch_end > ? and epoch_end <= ?)`), `(span = ${spanBounds.length} and epoch_end > ?)`].join(' or ')})`,
  values: [orgId, to, ...spanBounds.slice(1).flatMap((bound) => [to, to + bound]), to],
});

function conditionsOf(orgId: number, query: AnnotationQuery, range: Condition): Condition {
  const conditions = [range.sql];
  const values: unknown[] = [...range.values];
  const add = (condition: string, ...more: unknown[]) => {
    conditions.push(condition);
    values.push(...more);
  };
  if (query.dashboardUid !== '') add('dashboard_uid = ?', query.dashboardUid);
  if (query.panelId !== 0) add('panel_id = ?', query.panelId);
  if (query.alertId > 0) add('alert_id = ?', query.alertId);
  if (query.alertId < 0 || query.type === 'annotation') add('alert_id = 0');
  if (query.type === 'alert') add('alert_id > 0');
  if (query.alertUid !== '') add('alert_uid = ?', query.alertUid);
  if (query.userId !== 0) add('user_id = ?', query.userId);
  const ofTag = query.tags.map((tag) => {
    const { key, value } = splitTag(tag);
    return { sql: `(tag_key = ?${value === '' ? '' : ' and tag_value = ?'})`, values: value === '' ? [indexed(key)] : [indexed(key), indexed(value)] };
  });
  const tagged = (condition: string) => `id in (select annotation_id from annotation_tag where org_id = ? and ${condition})`;
  if (query.matchAny && ofTag.length > 0) add(tagged(`(${ofTag.map((tag) => tag.sql).join(' or ')})`), orgId, ...ofTag.flatMap((tag) => tag.values));
  else for (const tag of ofTag) add(tagged(tag.sql), orgId, ...tag.values);
  return { sql: conditions.join(' and '), values };
}
