/**
 * Two servers behind one address and one browser with many tabs: while the session's token is renewed nobody is signed out, whichever
 * server a tab happens to ask.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Belvedere, removeFolder, startBelvedere, temporaryFolder } from './support/belvedere.ts';
import { execute, freshDatabase } from './support/fresh-database.ts';
import { describeWith, mysqlUrl, postgresUrl } from './support/services.ts';

const tabs = 50;
const secretKey = 'the same on both';

const databases = [
  { name: 'sqlite', present: true },
  { name: 'postgres', present: postgresUrl },
  { name: 'mysql', present: mysqlUrl },
] as const;

for (const { name, present } of databases) {
  describeWith(name, present, `fifty tabs over two servers on ${name}`, () => {
    const dirs = [temporaryFolder('rotation-a'), temporaryFolder('rotation-b')];
    const servers: Belvedere[] = [];
    let run: (sql: string) => Promise<unknown>;
    let drop = async () => {};

    beforeAll(async () => {
      const env: Record<string, string> = { GF_SECURITY_SECRET_KEY: secretKey };
      if (name === 'sqlite') {
        const file = `${dirs[0]}/shared.db`;
        env['GF_DATABASE_PATH'] = file;
        const { DatabaseSync } = await import('node:sqlite');
        run = async (sql) => {
          const db = new DatabaseSync(file);
          db.exec('PRAGMA busy_timeout = 5000');
          try {
            return db.prepare(sql).all();
          } finally {
            db.close();
          }
        };
      } else {
        const fresh = await freshDatabase(name);
        env['GF_DATABASE_URL'] = fresh.url;
        drop = fresh.drop;
        run = (sql) => execute(name, fresh.url, sql);
      }
      // One after the other: the first makes the tables.
      for (const dir of dirs) servers.push(await startBelvedere({ dir, env }));
    }, 180_000);

    afterAll(async () => {
      for (const server of servers) await server.stop();
      await drop();
      for (const dir of dirs) removeFolder(dir);
    }, 60_000);

    const cookieOf = (headers: Headers) => /grafana_session=([0-9a-f]{32})/.exec(headers.getSetCookie().join())?.[1];
    const ask = (server: Belvedere, token: string) => server.call('GET', '/api/user', undefined, { auth: '', headers: { cookie: `grafana_session=${token}` } });

    /** What the frontend does: ask, renew when told to, ask again. Tabs share a jar, so a tab may hold an old cookie or the new one. */
    async function tab(server: Belvedere, jar: { token: string }): Promise<string> {
      for (let attempt = 0; attempt < 5; attempt++) {
        const token = jar.token;
        const answer = await ask(server, token);
        if (answer.status === 200) return 'in';
        if (answer.body.messageId !== 'session.token.rotate') return `${answer.status} ${JSON.stringify(answer.body)}`;
        const renewed = await server.call('POST', '/api/user/auth-tokens/rotate', undefined, { auth: '', headers: { cookie: `grafana_session=${token}` } });
        if (renewed.status !== 200) return `rotate: ${renewed.status} ${JSON.stringify(renewed.body)}`;
        jar.token = cookieOf(renewed.headers) ?? jar.token;
      }
      return 'never got in';
    }

    test('nobody is signed out while the token changes, three times over', async () => {
      const login = await servers[0]!.call('POST', '/login', { user: 'admin', password: 'admin' }, { auth: '' });
      let token = cookieOf(login.headers)!;
      expect((await ask(servers[1]!, token)).status).toBe(200);
      for (let round = 0; round < 3; round++) {
        // Eleven minutes go by.
        await run('UPDATE user_auth_token SET rotated_at = rotated_at - 660');
        // Until both have forgotten what they remember of the session, a second.
        for (const server of servers) await expect.poll(async () => (await ask(server, token)).status, { timeout: 10_000 }).toBe(401);
        // A jar each: every tab renews by itself; then all share one.
        const jars = round === 1 ? Array.from({ length: tabs }, () => ({ token })) : [{ token }];
        const ends = await Promise.all(Array.from({ length: tabs }, (_, i) => tab(servers[i % 2]!, jars[i % jars.length]!)));
        expect(ends.filter((end) => end !== 'in')).toEqual([]);
        const after = new Set(jars.map((jar) => jar.token));
        expect([...after]).toHaveLength(1);
        [token] = after as Set<string> & [string];
      }
      // One session it was all along.
      expect((await servers[0]!.call('GET', '/api/user/auth-tokens')).body).toHaveLength(1);
    }, 120_000);

    test('a session that is revoked on one server ends on the other within a second', async () => {
      const token = cookieOf((await servers[0]!.call('POST', '/login', { user: 'admin', password: 'admin' }, { auth: '' })).headers)!;
      expect((await ask(servers[1]!, token)).status).toBe(200);
      const { body: sessions } = await servers[0]!.call('GET', '/api/admin/users/1/auth-tokens');
      for (const { id } of sessions as { id: number }[]) await servers[0]!.call('POST', '/api/admin/users/1/revoke-auth-token', { authTokenId: id });
      expect((await ask(servers[0]!, token)).status).toBe(401);
      const revokedAt = Date.now();
      await expect.poll(async () => (await ask(servers[1]!, token)).status, { timeout: 10_000, interval: 50 }).toBe(401);
      expect(Date.now() - revokedAt).toBeLessThan(3_000);
    }, 60_000);

    test('tokens are in the database as hashes only', async () => {
      const token = cookieOf((await servers[0]!.call('POST', '/login', { user: 'admin', password: 'admin' }, { auth: '' })).headers)!;
      const rows = JSON.stringify(await run('SELECT * FROM user_auth_token'));
      expect(rows).toContain(createHash('sha256').update(token + secretKey).digest('hex'));
      expect(rows).not.toContain(token);
    });
  });
}
