import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../infra/clock.ts';
import { openSqlite } from '../infra/db/open-database.ts';
import { silentLogger } from '../infra/log/log.ts';
import { createResourceStore } from './sql-resource-store.ts';

let folder = '';
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a process killed in the middle of writes has lost nothing that it answered', { timeout: 30_000 }, async () => {
  folder = mkdtempSync(join(tmpdir(), 'belvedere-kill-'));
  const file = join(folder, 'kill.db');
  const answered = await writeUntilKilled(file, 200);
  const db = openSqlite(file);
  const store = createResourceStore({ db, clock: systemClock, log: silentLogger });
  const kept = new Set<string>();
  for await (const object of store.each({ group: 'kill.example', resource: 'things' }, '')) kept.add(object.name);
  await db.close();
  expect(answered.length).toBeGreaterThanOrEqual(200);
  expect(answered.filter((name) => !kept.has(name))).toEqual([]);
});

function writeUntilKilled(file: string, enough: number): Promise<string[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'kill-writer.ts'), file], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    const answered: string[] = [];
    let rest = '';
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop()!;
      answered.push(...lines);
      if (answered.length >= enough) child.kill('SIGKILL');
    });
    child.once('error', reject);
    child.once('close', () => resolve(answered));
  });
}
