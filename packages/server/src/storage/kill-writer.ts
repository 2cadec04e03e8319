/** Started by `kill.test.ts`: writes for ever, and prints the name of each object once the store has answered. */
import { writeSync } from 'node:fs';
import { systemClock } from '../infra/clock.ts';
import { migrate } from '../infra/db/migrator.ts';
import { openSqlite } from '../infra/db/open-database.ts';
import { silentLogger } from '../infra/log/log.ts';
import { resourceMigrations } from './resource-migrations.ts';
import { createResourceStore } from './sql-resource-store.ts';

const db = openSqlite(process.argv[2]!);
await migrate(db, resourceMigrations);
const store = createResourceStore({ db, clock: systemClock, log: silentLogger });
const spec = JSON.stringify({ text: 'x'.repeat(5_000) });

async function writer(prefix: string): Promise<never> {
  for (let n = 0; ; n++) {
    const name = `${prefix}${n}`;
    await store.create({ group: 'kill.example', resource: 'things', namespace: 'default', name, apiVersion: 'v1', title: '', folder: '', labels: {}, annotations: {}, spec, author: 'user:k' });
    writeSync(1, `${name}\n`);
  }
}
await Promise.all(['a', 'b', 'c', 'd'].map(writer));
