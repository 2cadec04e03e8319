import { expect, test } from 'vitest';
import { columns } from './columns.ts';
import type { Database, Migration } from './database.ts';
import { isUniqueViolation } from './database-errors.ts';
import { migrate } from './migrator.ts';
import { onEveryDatabase } from './on-every-database.ts';
import { openTestDatabase } from './test-database.ts';
import { upsert } from './upsert.ts';

interface Tables {
  thing: { id: number; name: string; big: number; flag: boolean; body: string; bytes: Buffer; at: number };
}

const things: Migration = {
  id: 'thing-0001',
  async up(db, name) {
    const t = columns(name);
    await db.schema.createTable('thing')
      .addColumn('id', ...t.id)
      .addColumn('name', t.varchar(190), (c) => c.notNull().unique())
      .addColumn('big', t.bigint, (c) => c.notNull().defaultTo(0))
      .addColumn('flag', t.bool, (c) => c.notNull().defaultTo(false))
      .addColumn('body', t.longtext)
      .addColumn('bytes', t.blob)
      .addColumn('at', t.datetime)
      .execute();
  },
};

const row = (name: string) => ({ name, big: 1_764_000_000_000_123, flag: true, body: 'ü'.repeat(70_000), bytes: Buffer.from([0, 255]), at: Date.now() });
const insert = (db: Database, name: string) => db.insertReturningId('thing', row(name));
const names = async (db: Database) => (await db.tables<Tables>().selectFrom('thing').select('name').orderBy('name').execute()).map((r) => r.name);

onEveryDatabase('database', (open) => {
  test('rows come back with the same types', async () => {
    const db = await open([things]);
    expect(await insert(db, 'a')).toBe(1);
    const [read] = await db.tables<Tables>().selectFrom('thing').selectAll().execute();
    expect(read).toEqual({ ...row('a'), at: expect.any(Number), id: 1 });
    const { n } = await db.tables<Tables>().selectFrom('thing').select((e) => e.fn.countAll<number>().as('n')).executeTakeFirstOrThrow();
    expect(n).toBe(1);
  });

  test('case and order are those of bytes', async () => {
    const db = await open([things]);
    for (const name of ['b', 'B', 'a', 'Ä']) await insert(db, name);
    expect(await names(db)).toEqual(['B', 'a', 'b', 'Ä']);
    await expect(insert(db, 'b')).rejects.toSatisfy(isUniqueViolation);
  });

  test('a transaction that throws leaves nothing', async () => {
    const db = await open([things]);
    await expect(db.transaction(async (tx) => {
      await insert(tx, 'a');
      throw new Error('no');
    })).rejects.toThrow('no');
    expect(await names(db)).toEqual([]);
  });

  test('what runs beside a transaction neither sees it nor enters it', async () => {
    const db = await open([things]);
    let proceed = () => {};
    const gate = new Promise<void>((resolve) => {
      proceed = resolve;
    });
    const slow = db.transaction(async (tx) => {
      await insert(tx, 'slow');
      await gate;
      throw new Error('rolled back');
    });
    const beside = insert(db, 'beside');
    proceed();
    await expect(slow).rejects.toThrow('rolled back');
    await beside;
    expect(await names(db)).toEqual(['beside']);
  });

  test('nested calls join, through either handle', async () => {
    const db = await open([things]);
    await expect(db.transaction(async (tx) => {
      await tx.transaction((inner) => insert(inner, 'a'));
      await db.transaction((inner) => insert(inner, 'b'));
      throw new Error('no');
    })).rejects.toThrow('no');
    expect(await names(db)).toEqual([]);
  });

  test('transactions add up', async () => {
    const db = await open([things]);
    await insert(db, 'n');
    await Promise.all(Array.from({ length: 20 }, () => db.transaction(async (tx) => {
      await tx.tables<Tables>().updateTable('thing').set((e) => ({ big: e('big', '+', 1) })).where('name', '=', 'n').execute();
    })));
    const { big } = await db.tables<Tables>().selectFrom('thing').select('big').executeTakeFirstOrThrow();
    expect(big).toBe(row('n').big + 20);
  });

  test('of many at once, those that throw are undone, the others stay, writes beside them too', async () => {
    const db = await open([things]);
    const results = await Promise.allSettled(Array.from({ length: 60 }, async (_, i) => {
      if (i % 7 === 0) return insert(db, `beside ${i}`);
      return db.transaction(async (tx) => {
        if (i % 5 === 0) throw new Error('before it wrote');
        await insert(tx, `in ${i}`);
        if (i % 4 === 0) await new Promise((resolve) => setImmediate(resolve));
        if (i % 3 === 0) throw new Error('after it wrote');
      });
    }));
    const stayed = results.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
    expect(stayed).toEqual(Array.from({ length: 60 }, (_, i) => i).filter((i) => i % 7 === 0 || (i % 5 !== 0 && i % 3 !== 0)));
    expect(new Set(await names(db))).toEqual(new Set(stayed.map((i) => `${i % 7 === 0 ? 'beside' : 'in'} ${i}`)));
  });

  test('prepared statements', async () => {
    const db = await open([things]);
    await insert(db, 'a');
    const update = db.prepare('update thing set big = ? where name = ?');
    expect(await update.run(7, 'a')).toBe(1);
    expect(await update.run(7, 'a')).toBe(1);
    expect(await update.run(7, 'z')).toBe(0);
    expect(await db.prepare<{ big: number; flag: boolean }>('select big, flag from thing where name = ?').first('a')).toEqual({ big: 7, flag: true });
  });

  test('upsert', async () => {
    const db = await open([things]);
    await upsert(db, 'thing', { name: 'a', big: 1 }, ['name']);
    await upsert(db, 'thing', { name: 'a', big: 2 }, ['name']);
    expect(await db.prepare('select name, big from thing').all()).toEqual([{ name: 'a', big: 2 }]);
  });

  test('migrations run once, in whichever process comes first', async () => {
    const db = await open();
    const ran = await Promise.all([migrate(db, [things]), migrate(db, [things])]);
    expect(ran.flat()).toEqual(['thing-0001']);
    expect(await migrate(db, [things])).toEqual([]);
  });
});

test('a write beside one’s own open transaction is an error, not a standstill', async () => {
  const db = await openTestDatabase([things]);
  await expect(db.transaction(() => insert(db, 'a'))).rejects.toThrow('use the transaction’s own handle');
});

test('a statement that nobody waited for does not enter the next transaction', async () => {
  const db = await openTestDatabase([things]);
  const next = Promise.withResolvers<void>();
  let late: Promise<unknown> | undefined;
  await db.transaction(async (tx) => {
    late = next.promise.then(() => insert(tx, 'late'));
    late.catch(() => {});
  });
  await db.transaction(async (tx) => {
    next.resolve();
    await expect(late).rejects.toThrow('The transaction has ended');
    await insert(tx, 'in time');
  });
  expect(await names(db)).toEqual(['in time']);
});
