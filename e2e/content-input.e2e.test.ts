/** Whatever JSON somebody sends to the content routes: it is stored to the letter, or refused with a 4xx that says why. On every database that is there. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { basic, type Belvedere } from './support/belvedere.ts';
import { jsonText, nested } from './support/json-texts.ts';
import { onEveryDatabase, startWithinMs } from './support/on-every-database.ts';

const bodyBytesMax = 16 * 1_048_576;
const dashboards = '/apis/dashboard.grafana.app/v0alpha1/namespaces/default/dashboards';
const runs = { numRuns: 20 };
/** For each of the many places where JSON may stand. */
const fewRuns = { numRuns: 6 };

onEveryDatabase((start, database) => {
  let server: Belvedere;
  let count = 0;
  const fresh = (prefix: string) => `${prefix}-${count++}`;

  /** Texts go and come as they are: a parser would hide what is looked for. */
  async function send(method: string, path: string, body?: string): Promise<{ status: number; text: string }> {
    const headers = { authorization: basic('admin', 'admin'), ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const answer = await fetch(server.base + path, { method, headers, ...(body === undefined ? {} : { body }) });
    return { status: answer.status, text: await answer.text() };
  }

  /** Created, or refused for a reason. */
  async function demandSense(method: string, path: string, body: string): Promise<number> {
    const { status, text } = await send(method, path, body);
    expect(status, `${method} ${path} ${body.slice(0, 500)} was answered with ${text.slice(0, 500)}`).toBeLessThan(500);
    if (status >= 400) expect(JSON.parse(text)).toMatchObject({ message: expect.any(String) });
    return status;
  }

  beforeAll(async () => {
    server = await start();
    await send('POST', '/api/dashboards/db', '{"dashboard":{"uid":"there","title":"There"}}');
  }, startWithinMs);

  test('a dashboard is stored to the letter', { timeout: 600_000 }, () => fc.assert(fc.asyncProperty(jsonText, async (payload) => {
    const uid = fresh('letter');
    expect((await send('POST', '/api/dashboards/db', `{"dashboard":{"uid":"${uid}","title":"T","payload":${payload}}}`)).status).toBe(200);
    expect((await send('GET', `/api/dashboards/uid/${uid}`)).text).toContain(`,"title":"T","payload":${payload.toWellFormed()}}}`);
  }), runs));

  test('a snapshot is stored to the letter', { timeout: 600_000 }, () => fc.assert(fc.asyncProperty(jsonText, async (payload) => {
    const made = await send('POST', '/api/snapshots', `{"dashboard":{"uid":"there","payload":${payload}},"expires":3600}`);
    expect(made.status).toBe(200);
    const { key } = JSON.parse(made.text) as { key: string };
    expect((await send('GET', `/api/snapshots/${key}`)).text).toContain(`"dashboard":{"uid":"there","payload":${payload.toWellFormed()},"snapshot":{"originalUrl":"/d/there"}}}`);
  }), runs));

  test('what /apis, library panels and annotations take comes back as the same JSON', { timeout: 600_000 }, () => fc.assert(fc.asyncProperty(jsonText, async (payload) => {
    const uid = fresh('same');
    const sent = canonical(payload);
    // Strict decoding refuses what is given twice, and numbers that no double holds are refused everywhere.
    const made = await send('POST', `${dashboards}?fieldValidation=Ignore`, `{"metadata":{"name":"${uid}"},"spec":{"title":"T","payload":${payload}}}`);
    expect(made.status, made.text).toBe(201);
    expect(canonical(memberOf((await send('GET', `${dashboards}/${uid}`)).text, ['spec', 'payload']))).toBe(sent);
    expect((await send('POST', '/api/library-elements', `{"uid":"${uid}","name":"N","kind":1,"model":{"payload":${payload}}}`)).status).toBe(200);
    expect(canonical(memberOf((await send('GET', `/api/library-elements/${uid}`)).text, ['result', 'model', 'payload']))).toBe(sent);
    const { id } = JSON.parse((await send('POST', '/api/annotations', `{"text":"t","data":{"payload":${payload}}}`)).text) as { id: number };
    expect(canonical(memberOf((await send('GET', `/api/annotations/${id}`)).text, ['data', 'payload']))).toBe(sent);
  }), runs));

  const places: Record<string, (json: string) => [path: string, body: string]> = {
    'a dashboard': (json) => ['/api/dashboards/db', `{"dashboard":${json},"overwrite":true}`],
    'the save of a dashboard': (json) => ['/api/dashboards/db', json],
    'what identifies a dashboard': (json) => ['/api/dashboards/db', `{"dashboard":{"title":${json},"uid":${json},"id":${json},"version":${json},"tags":[${json}],"refresh":${json}}}`],
    'what goes with a dashboard': (json) => ['/api/dashboards/db', `{"dashboard":{"title":"T"},"message":${json},"folderUid":${json},"folderId":${json},"overwrite":${json}}`],
    'an import': (json) => ['/api/dashboards/import', `{"dashboard":{"title":"T","panels":[${json}],"__elements":${json},"__inputs":[${json}]},"inputs":${json}}`],
    'a resource': (json) => [dashboards, json],
    'metadata of a resource': (json) => [dashboards, `{"metadata":{"name":"m","annotations":${json},"labels":{"a":${json}},"finalizers":[${json}]},"spec":{"title":"T"}}`],
    'a dashboard that is brought up to date': (json) => ['/apis/dashboard.grafana.app/v1beta1/namespaces/default/dashboards?fieldValidation=Ignore',
      `{"metadata":{"generateName":"v"},"spec":{"title":"T","schemaVersion":7,"rows":[${json}],"panels":[${json},{"type":"graph","targets":[${json}],"fieldConfig":${json}}],"templating":{"list":[${json}]},"annotations":${json}}}`],
    'a dashboard of the second generation': (json) => ['/apis/dashboard.grafana.app/v2beta1/namespaces/default/dashboards?fieldValidation=Ignore', `{"metadata":{"generateName":"w"},"spec":{"title":"T","elements":${json},"layout":${json},"variables":[${json}]}}`],
    'a folder': (json) => ['/api/folders', `{"title":${json},"description":${json},"uid":${json},"parentUid":${json}}`],
    'a library panel': (json) => ['/api/library-elements', `{"kind":1,"name":${json},"uid":${json},"model":{"type":${json},"description":${json},"libraryPanel":${json}},"folderUid":${json}}`],
    'an annotation': (json) => ['/api/annotations', `{"text":${json},"tags":[${json}],"data":${json},"time":${json},"timeEnd":${json},"panelId":${json},"dashboardUID":${json}}`],
    'an annotation as Graphite sends it': (json) => ['/api/annotations/graphite', `{"what":${json},"when":${json},"tags":${json},"data":${json}}`],
    'a snapshot': (json) => ['/api/snapshots', `{"dashboard":{"uid":"there","snapshot":${json}},"name":${json},"expires":${json},"key":${json}}`],
    'a playlist': (json) => ['/api/playlists', `{"name":${json},"interval":${json},"items":[{"type":${json},"value":${json}}]}`],
    'a playlist as a resource': (json) => ['/apis/playlist.grafana.app/v1/namespaces/default/playlists', `{"metadata":{"generateName":"p"},"spec":{"title":${json},"interval":"5m","items":${json}}}`],
    'a short link': (json) => ['/api/short-urls', `{"path":${json},"uid":${json}}`],
    'a query': (json) => ['/api/query-history', `{"datasourceUid":"x","queries":${json}}`],
  };

  test.each(Object.keys(places))('%s is understood or refused', { timeout: 600_000 }, async (place) => {
    const at = places[place]!;
    await fc.assert(fc.asyncProperty(jsonText, async (json) => void (await demandSense('POST', ...at(json)))), fewRuns);
    for (const depth of [1_000, 9_000, 200_000]) for (const kind of ['array', 'object'] as const) await demandSense('POST', ...at(nested(depth, kind)));
    // Longer than any column.
    for (const long of ['x'.repeat(300), '😀'.repeat(300), 'x'.repeat(100_000)]) await demandSense('POST', ...at(JSON.stringify(long)));
  });

  test('the largest body is stored or refused, one byte more is too large', { timeout: 600_000 }, async () => {
    const filled = (head: string, tail: string, bytes: number) => head + 'x'.repeat(bytes - head.length - tail.length) + tail;
    const bodies: [path: string, head: string, tail: string][] = [
      ['/api/dashboards/db', '{"dashboard":{"uid":"large","title":"T","payload":"', '"},"overwrite":true}'],
      [dashboards, '{"metadata":{"name":"large-resource"},"spec":{"title":"T","payload":"', '"}}'],
      ['/api/library-elements', '{"kind":1,"name":"large","model":{"payload":"', '"}}'],
      ['/api/annotations', '{"text":"large","data":{"payload":"', '"}}'],
      ['/api/snapshots', '{"dashboard":{"uid":"there","payload":"', '"}}'],
      ['/api/playlists', '{"interval":"5m","items":[],"name":"', '"}'],
    ];
    for (const [path, head, tail] of bodies) {
      const largest = await demandSense('POST', path, filled(head, tail, bodyBytesMax));
      // A database may be set to take less (MySQL's max_allowed_packet).
      expect([200, 201, ...(database === 'mysql' ? [400, 413] : [])], path).toContain(largest);
      const { status, text } = await send('POST', path, filled(head, tail, bodyBytesMax + 1));
      expect(status, path).toBe(413);
      if (path === '/api/dashboards/db') expect(JSON.parse(text)).toEqual({ message: 'Dashboard is too large, max is 16 MB' });
      else expect(JSON.parse(text)).toMatchObject({ message: expect.any(String), ...(path === dashboards ? { kind: 'Status', reason: 'RequestEntityTooLarge', code: 413 } : {}) });
    }
  });

  test('of two writers at once one wins, and the other hears of the conflict, on both faces', { timeout: 600_000 }, async () => {
    for (let round = 0; round < 5; round++) {
      const uid = fresh('race');
      const save = (title: string, version: number) => send('POST', '/api/dashboards/db', `{"dashboard":{"uid":"${uid}","title":"${title}","version":${version}}}`);
      const made = await Promise.all(['a', 'b', 'c'].map((title) => save(title, 0)));
      expect(made.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
      const saved = await Promise.all(['d', 'e', 'f'].map((title) => save(title, 1)));
      expect(saved.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
      for (const { status, text } of [...made, ...saved]) if (status === 412) expect(JSON.parse(text)).toEqual({ status: 'version-mismatch', message: 'The dashboard has been changed by someone else' });

      const { metadata } = JSON.parse((await send('GET', `${dashboards}/${uid}`)).text) as { metadata: { resourceVersion: string } };
      const put = (title: string) => send('PUT', `${dashboards}/${uid}`, `{"metadata":{"name":"${uid}","resourceVersion":"${metadata.resourceVersion}"},"spec":{"title":"${title}"}}`);
      const written = await Promise.all([put('g'), put('h'), save('i', 2)]);
      expect(written.filter(({ status }) => status === 200)).toHaveLength(1);
      for (const { status, text } of written.slice(0, 2)) if (status !== 200) expect([status, JSON.parse(text)]).toMatchObject([409, { kind: 'Status', reason: 'Conflict' }]);
      const name = fresh('resource');
      const created = await Promise.all(['x', 'y'].map((title) => send('POST', dashboards, `{"metadata":{"name":"${name}"},"spec":{"title":"${title}"}}`)));
      expect(created.map(({ status }) => status).sort()).toEqual([201, 409]);
      expect(JSON.parse(created.find(({ status }) => status === 409)!.text)).toMatchObject({ reason: 'AlreadyExists' });
    }
  });
});

/** One spelling of what a JSON text says, with numbers as they were written if they are whole. */
function canonical(json: string): string {
  const parse = JSON.parse as (text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown) => unknown;
  const plain = parse(json, (_, value, { source }) => {
    if (typeof value === 'number' && source !== undefined && /^-?\d+$/.test(source) && !Number.isSafeInteger(value)) return `whole ${source}`;
    return Object.is(value, -0) ? 0 : value;
  });
  return JSON.stringify(sorted(plain)).toWellFormed();
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => [key, sorted(member)]);
}

/** The text of a member deep in an answer; its value, written anew, would have lost what a double cannot hold. */
function memberOf(json: string, path: readonly string[]): string {
  const raw = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;
  const parse = JSON.parse as (text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown) => unknown;
  let value = parse(json, (_, member, { source }) => (typeof member === 'number' && source !== undefined ? raw(source) : member));
  for (const key of path) value = Object.getOwnPropertyDescriptor(value as object, key)?.value;
  return JSON.stringify(value);
}
