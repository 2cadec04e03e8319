import { expect, test } from 'vitest';
import { onEveryDatabase } from '../../../infra/db/on-every-database.ts';
import { identityMigrations } from '../identity-migrations.ts';
import { tenancyMigrations } from '../../tenancy/tenancy-migrations.ts';
import { identityRoom, movableClock } from '../identity-fixtures.ts';

const browser = { userAgent: 'Browser/1', ip: '10.0.0.1' };
const minutes = (n: number) => n * 60_000;

onEveryDatabase('sessions', (open) => {
  const room = async () => {
    const db = await open([...identityMigrations, ...tenancyMigrations]);
    const clock = movableClock();
    return { clock, one: identityRoom(db, clock).sessions, other: identityRoom(db, clock).sessions };
  };

  test('a token must be renewed after the rotation interval, and the new one works', async () => {
    const { clock, one } = await room();
    const { token } = await one.create(7, browser);
    expect((await one.lookup(token)).kind).toBe('valid');
    clock.ms += minutes(10) + 1000;
    expect((await one.lookup(token)).kind).toBe('needs-rotation');
    const rotated = await one.rotate(token, browser);
    expect(rotated.kind === 'rotated' && rotated.token).toMatch(/^[0-9a-f]{32}$/);
    expect((await one.lookup(rotated.kind === 'rotated' ? rotated.token! : '')).kind).toBe('valid');
  });

  test('the old token holds until the new one was seen, then it must be exchanged, and leads to the same successor', async () => {
    const { clock, one } = await room();
    const { token } = await one.create(7, browser);
    await one.lookup(token);
    clock.ms += minutes(11);
    const first = await one.rotate(token, browser);
    const renewed = first.kind === 'rotated' ? first.token! : '';
    expect((await one.lookup(token)).kind).toBe('valid');
    await one.lookup(renewed);
    expect((await one.lookup(token)).kind).toBe('needs-rotation');
    const again = await one.rotate(token, browser);
    expect(again.kind === 'rotated' && again.token).toBe(renewed);
    expect((await one.lookup(renewed)).kind).toBe('valid');
  });

  test('fifty requests at once over two processes sign nobody out', async () => {
    const { clock, one, other } = await room();
    const { token } = await one.create(7, browser);
    await one.lookup(token);
    clock.ms += minutes(10) + 1000;
    const tabs = await Promise.all(Array.from({ length: 50 }, async (_, i) => {
      const process = i % 2 === 0 ? one : other;
      let mine = token;
      for (let step = 0; step < 4; step++) {
        const found = await process.lookup(mine);
        if (found.kind === 'valid') return mine;
        if (found.kind !== 'needs-rotation') return `signed out: ${found.kind}`;
        const rotated = await process.rotate(mine, browser);
        if (rotated.kind !== 'rotated') return `signed out: ${rotated.kind}`;
        mine = rotated.token ?? mine;
      }
      return 'never got in';
    }));
    expect(tabs.filter((tab) => !/^[0-9a-f]{32}$/.test(tab))).toEqual([]);
    // Only one successor was ever made.
    expect(new Set(tabs.filter((tab) => tab !== token)).size).toBeLessThanOrEqual(1);
  });

  test('a revoked session is refused at once here, and within a second elsewhere', async () => {
    const { clock, one, other } = await room();
    const { token, session } = await one.create(7, browser);
    await one.lookup(token);
    await other.lookup(token);
    await one.revoke(session.id);
    expect((await one.lookup(token)).kind).toBe('unknown');
    clock.ms += 1001;
    expect((await other.lookup(token)).kind).toBe('unknown');
  });

  test('sessions end after seven idle days and after thirty days in any case', async () => {
    const { clock, one } = await room();
    const { token } = await one.create(7, browser);
    clock.ms += 7 * 86_400_000 + 1000;
    expect((await one.lookup(token)).kind).toBe('expired');
    await one.tidy();
    expect((await one.lookup(token)).kind).toBe('unknown');
  });

  test('the database holds hashes only', async () => {
    const db = await open([...identityMigrations, ...tenancyMigrations]);
    const { token } = await identityRoom(db).sessions.create(7, browser);
    const rows = await db.tables<{ user_auth_token: Record<string, unknown> }>().selectFrom('user_auth_token').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(token);
  });
});
