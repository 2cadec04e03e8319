import { expect, test } from 'vitest';
import { createValueStore, storageServerMigrations } from '../../apiserver/storage-server/value-store.ts';
import { onEveryDatabase } from '../../infra/db/on-every-database.ts';
import type { Rendered, RenderRequest } from '../../services/operations/rendering/rendering.ts';
import { createPreviews } from './previews.ts';

const repository = { namespace: 'org-2', name: 'r 1' };
const signal = new AbortController().signal;

onEveryDatabase('previews', (open) => {
  test('a picture is kept for a month under its repository, and goes with it', async () => {
    const db = await open(storageServerMigrations);
    const clock = { ms: 1_800_000_000_000, now() { return this.ms; } };
    const asked: RenderRequest[] = [];
    let rendered: Rendered = { kind: 'done', body: Buffer.from('png') };
    const rendering = { available: true, version: '', render: async (request: RenderRequest) => (asked.push(request), rendered) };
    const previews = createPreviews({ db, clock, values: createValueStore(db, clock), rendering: () => rendering, settings: { allowImageRendering: true, rootUrl: 'https://grafana.example.org/' } });
    const make = async () => (await previews.make(repository, 'a/page?ref=x', signal))?.split('/').at(-1);
    const first = await make();
    expect(asked).toMatchObject([{ path: 'a/page?ref=x', encoding: 'png', person: { orgId: 2, userId: 0, orgRole: 'Viewer' } }]);
    expect(await previews.make(repository, 'b', signal)).toMatch(/^https:\/\/grafana\.example\.org\/apis\/provisioning\.grafana\.app\/v0alpha1\/namespaces\/org-2\/repositories\/r%201\/render\/[0-9a-f-]{36}$/);
    expect((await previews.read(repository, first!))?.toString()).toBe('png');
    for (const [of, uid] of [[{ ...repository, name: 'other' }, first!], [repository, '../x'], [repository, '0'.repeat(36)]] as const) expect(await previews.read(of, uid)).toBeUndefined();
    clock.ms += 31 * 86_400_000;
    const later = await make();
    expect(await previews.read(repository, first!)).toBeUndefined();
    await previews.forget(repository);
    expect(await previews.read(repository, later!)).toBeUndefined();
    rendered = { kind: 'busy' };
    expect(await make()).toBeUndefined();
    const [off, none] = [{ allowImageRendering: false, available: true }, { allowImageRendering: true, available: false }].map(({ allowImageRendering, available }) =>
      createPreviews({ db, clock, values: createValueStore(db, clock), rendering: () => ({ ...rendering, available }), settings: { allowImageRendering, rootUrl: '' } }));
    const before = asked.length;
    expect([await off!.make(repository, 'x', signal), await none!.make(repository, 'x', signal), asked.length]).toEqual([undefined, undefined, before]);
  });
});
