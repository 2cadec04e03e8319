/**
 * Plays the life of an object of a kind, as every role, on every database: create, conflict, read, list, stale update, patch, watch, delete.
 * A new kind earns its suite with one call.
 */
import { expect, test } from 'vitest';
import { onEveryDatabase } from '../infra/db/on-every-database.ts';
import { resourceMigrations } from '../storage/resource-migrations.ts';
import type { Kind } from './kind.ts';
import { pathOf, startTestApi, type TestApi } from './test-api.ts';

export interface KindExamples {
  /** A spec that is accepted. */
  readonly valid: object;
  /** Another one, that differs. */
  readonly changed: object;
  /** One that is refused with 400 or 422; without it the kind accepts any object. */
  readonly invalid?: object;
  /** Where names are not free. */
  readonly name?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Whom the kind lets do what; by default the org roles. */
  readonly writer?: string;
  readonly mayWrite?: readonly string[];
  readonly mayNotWrite?: readonly string[];
}

export function examineKind(kind: Kind, examples: KindExamples): void {
  const { valid, changed, invalid, name = 'one', annotations, writer = 'ada', mayWrite = ['admin', 'ada', 'editor'], mayNotWrite = ['viewer', 'none'] } = examples;
  const version = kind.versions[0]!.name;
  const all = pathOf(kind, version);
  const one = `${all}/${name}`;
  const body = (spec: object, more: object = {}) => ({ metadata: { name, ...(annotations ? { annotations } : {}), ...more }, spec });

  onEveryDatabase(`${kind.kind} under /apis`, (open) => {
    async function played(play: (api: TestApi) => Promise<void>): Promise<void> {
      const api = await startTestApi({ db: await open(resourceMigrations), kinds: [kind] });
      try {
        await play(api);
      } finally {
        await api.close();
      }
    }

    test('lives from create to not found', () => played(async ({ call }) => {
      const made = await call(writer, 'POST', all, body(valid));
      expect(made.status, made.text).toBe(201);
      expect(made.json).toMatchObject({ kind: kind.kind, apiVersion: `${kind.group}/${version}`, metadata: { name, generation: 1, namespace: 'default' }, spec: valid });
      expect(made.json.metadata.annotations['grafana.app/createdBy']).toBe(`user:u-${writer}`);
      expect((await call(writer, 'POST', all, body(valid))).status).toBeOneOf([409, 412]);
      const read = await call(writer, 'GET', one);
      expect(read.json).toEqual(made.json);
      const list = await call('admin', 'GET', all);
      expect(list.json).toMatchObject({ kind: kind.listKind ?? `${kind.kind}List`, items: [{ metadata: { name } }] });
      const update = await call(writer, 'PUT', one, body(changed, { resourceVersion: made.json.metadata.resourceVersion }));
      expect(update.status, update.text).toBe(200);
      expect(update.json).toMatchObject({ metadata: { generation: 2 }, spec: changed });
      const stale = await call(writer, 'PUT', one, body(valid, { resourceVersion: made.json.metadata.resourceVersion }));
      expect(stale.json).toMatchObject({ kind: 'Status', reason: 'Conflict', code: 409 });
      const unchanged = await call(writer, 'PUT', one, body(changed));
      expect(unchanged.json.metadata.resourceVersion).toBeUndefined();
      const patched = await call(writer, 'PATCH', one, { spec: valid });
      expect(patched.json).toMatchObject({ metadata: { generation: 3 }, spec: valid });
      const gone = await call(writer, 'DELETE', one);
      expect(gone.json).toMatchObject({ kind: 'Status', status: 'Success', details: { name, uid: made.json.metadata.uid } });
      expect((await call(writer, 'GET', one)).json).toMatchObject({ kind: 'Status', reason: 'NotFound', code: 404 });
    }));

    test('of two writers one wins', () => played(async ({ call }) => {
      const { json } = await call(writer, 'POST', all, body(valid));
      const { resourceVersion } = json.metadata;
      // Both change something, whatever the kind's spec has room for: a write that changes nothing would win beside the other.
      const answers = await Promise.all([1, 2].map((n) => call(writer, 'PUT', one, body(changed, { resourceVersion, labels: { by: String(n) } }))));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    }));

    test('a dry run leaves nothing', () => played(async ({ call }) => {
      expect((await call(writer, 'POST', `${all}?dryRun=All`, body(valid))).status).toBe(201);
      expect((await call(writer, 'GET', one)).status).toBe(404);
    }));

    test('is read and written by those who may', () => played(async ({ call }) => {
      for (const who of mayWrite) expect((await call(who, 'POST', `${all}?dryRun=All`, body(valid))).status, `${who} creates`).toBe(201);
      for (const who of mayNotWrite) expect((await call(who, 'POST', all, body(valid))).json, `${who} creates`).toMatchObject({ kind: 'Status', code: 403 });
      expect((await call('elsewhere', 'GET', all)).status).toBe(403);
      expect((await call('nobody', 'GET', all)).status).toBe(401);
    }));

    if (invalid) {
      test('refuses what is no such object', () => played(async ({ call }) => {
        const refused = await call(writer, 'POST', all, body(invalid));
        expect([400, 422]).toContain(refused.status);
        expect(refused.json).toMatchObject({ kind: 'Status', status: 'Failure' });
        expect((await call(writer, 'GET', one)).status).toBe(404);
      }));
    }

    if (kind.verbs.includes('watch')) {
      test('is watched', () => played(async ({ call, url }) => {
        await call(writer, 'POST', all, body(valid));
        const stop = new AbortController();
        const stream = await fetch(`${url}${all}?watch=true`, { headers: { 'x-who': 'admin' }, signal: stop.signal });
        const seen: string[] = [];
        const reading = (async () => {
          let rest = '';
          for await (const chunk of stream.body!) {
            rest += Buffer.from(chunk).toString('utf8');
            const lines = rest.split('\n');
            rest = lines.pop()!;
            for (const line of lines) seen.push((JSON.parse(line) as { type: string }).type);
            if (seen.length === 1) await call(writer, 'PUT', one, body(changed)).then(() => call(writer, 'DELETE', one));
            if (seen.length >= 3) return stop.abort();
          }
        })();
        await reading.catch(() => {});
        expect(seen).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
      }));
    }
  });
}
