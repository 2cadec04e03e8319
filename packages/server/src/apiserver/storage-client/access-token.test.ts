import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Secret } from '../../util/secret.ts';
import { createAccessTokens } from './access-token.ts';

const asked: { authorization: string | undefined; body: unknown }[] = [];
let answer: { status: number; body: string };
const server = createServer((req, res) => {
  let text = '';
  req.on('data', (chunk) => (text += chunk)).on('end', () => {
    asked.push({ authorization: req.headers.authorization, body: JSON.parse(text) });
    res.writeHead(answer.status).end(answer.body);
  });
});
let url: string;
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/exchange`;
});
afterAll(() => new Promise((done) => server.close(done)));
beforeEach(() => {
  asked.length = 0;
});

const token = (exp: number) => `h.${Buffer.from(JSON.stringify({ exp })).toString('base64url')}.s`;
const given = (exp: number) => ({ status: 200, body: JSON.stringify({ data: { token: token(exp) } }) });

test('a token is asked for once, and again shortly before it ends', async () => {
  const clock = { ms: 1_000_000, now() { return this.ms; } };
  const tokens = createAccessTokens({ exchange: { url, token: new Secret('ours'), namespace: '' }, clock });
  answer = given(1_100);
  expect(await Promise.all([tokens.tokenFor('default'), tokens.tokenFor('default')])).toEqual([token(1_100), token(1_100)]);
  expect(asked).toEqual([{ authorization: 'Bearer ours', body: { namespace: 'default', audiences: ['resourceStore'] } }]);
  clock.ms = 1_080_000;
  await tokens.tokenFor('default');
  expect(asked).toHaveLength(1);
  clock.ms = 1_086_000;
  answer = given(1_200);
  expect(await tokens.tokenFor('default')).toBe(token(1_200));
  await tokens.tokenFor('org-2');
  expect(asked.map(({ body }) => (body as { namespace: string }).namespace)).toEqual(['default', 'default', 'org-2']);
});

test('a namespace that is set is the one of every token; no token is a 503 that is not remembered', async () => {
  const tokens = createAccessTokens({ exchange: { url, token: new Secret('ours'), namespace: 'stacks-7' }, clock: { now: () => 1_000_000 } });
  for (const refused of [{ status: 403, body: '{"error":"no"}' }, { status: 200, body: '{}' }, { status: 200, body: 'x' }]) {
    answer = refused;
    await expect(tokens.tokenFor('default')).rejects.toMatchObject({ status: 503 });
  }
  answer = given(2_000);
  expect(await tokens.tokenFor('default')).toBe(token(2_000));
  expect(asked.at(-1)!.body).toMatchObject({ namespace: 'stacks-7' });
});
