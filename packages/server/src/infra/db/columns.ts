/** Column types whose names differ between the databases. Rows come back alike: numbers, strings, booleans, Buffers. */
import { sql, type ColumnBuilderCallback, type CreateTableBuilder } from 'kysely';
import type { DatabaseName } from './database.ts';

type DataTypeExpression = Parameters<CreateTableBuilder<string>['addColumn']>[1];

export interface Columns {
  /** Auto-increment primary key: `.addColumn('id', ...types.id)`. */
  readonly id: readonly [DataTypeExpression, ColumnBuilderCallback];
  readonly bool: DataTypeExpression;
  /** 32 bits. */
  readonly int: DataTypeExpression;
  /** 64 bits; values must fit a double. */
  readonly bigint: DataTypeExpression;
  readonly double: DataTypeExpression;
  /** Point in time: milliseconds since the epoch. */
  readonly datetime: DataTypeExpression;
  /** Up to 64 KB on MySQL; no default, no index. */
  readonly text: DataTypeExpression;
  /** Any length; no default, no index. */
  readonly longtext: DataTypeExpression;
  readonly blob: DataTypeExpression;
  /** Compares by bytes, so case matters on every database. Indexed columns: 190 or less. */
  varchar(length: number): DataTypeExpression;
}

const binary = 'character set utf8mb4 collate utf8mb4_bin';

const varcharOf: Record<DatabaseName, (length: number) => DataTypeExpression> = {
  sqlite: (n) => `varchar(${n})`,
  postgres: (n) => sql.raw(`varchar(${n}) collate "C"`),
  mysql: (n) => sql.raw(`varchar(${n}) ${binary}`),
};

const all: Record<DatabaseName, Columns> = {
  sqlite: {
    id: ['integer', (c) => c.primaryKey().autoIncrement()],
    bool: 'boolean', int: 'integer', bigint: 'bigint', double: 'double precision', datetime: 'bigint', text: 'text', longtext: 'text', blob: 'blob',
    varchar: varcharOf.sqlite,
  },
  postgres: {
    id: ['bigserial', (c) => c.primaryKey()],
    bool: 'boolean', int: 'integer', bigint: 'bigint', double: 'double precision', datetime: 'bigint', text: 'text', longtext: 'text', blob: 'bytea',
    varchar: varcharOf.postgres,
  },
  mysql: {
    id: ['bigint', (c) => c.primaryKey().autoIncrement()],
    bool: sql.raw('tinyint(1)'), int: 'integer', bigint: 'bigint', double: 'double precision', datetime: 'bigint',
    text: sql.raw(`text ${binary}`), longtext: sql.raw(`longtext ${binary}`), blob: sql.raw('longblob'),
    varchar: varcharOf.mysql,
  },
};

export const columns = (name: DatabaseName): Columns => all[name];
