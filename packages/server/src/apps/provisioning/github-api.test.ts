import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { appToken, createGithubApi, githubRepository } from './github-api.ts';

const signal = new AbortController().signal;
const at = { owner: 'ann', repo: 'boards' };
const asked: { method: string; url: string; authorization: string; body: string }[] = [];
const answers = new Map<string, { status?: number; body: unknown }>();
let server: Server;
let base = '';

beforeAll(async () => {
  server = createServer((req, res) => {
    let body = '';
    req.on('data', (part) => (body += part)).on('end', () => {
      asked.push({ method: req.method!, url: req.url!, authorization: req.headers.authorization ?? '', body });
      const answer = answers.get(`${req.method} ${req.url!.split('?')[0]}`);
      res.writeHead(answer?.status ?? (answer ? 200 : 404), { 'content-type': 'application/json' });
      res.end(typeof answer?.body === 'string' ? answer.body : JSON.stringify(answer?.body ?? {}));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((done) => server.close(done)));

test('addresses of repositories', () => {
  expect(githubRepository('https://github.com/ann/boards')).toEqual(at);
  expect(githubRepository('https://github.com/ann/boards.git')).toEqual(at);
  for (const url of ['http://github.com/ann/boards', 'https://github.com/ann', 'https://github.com.evil.example/ann/boards', 'https://x@github.com/ann/boards', 'https://github.com/../boards', 'https://github.com/ann/boards/tree/main']) expect(githubRepository(url), url).toBeUndefined();
});

test('commits with the people behind them', async () => {
  const person = (login: string) => ({ login, avatar_url: `https://pictures/${login}` });
  answers.set('GET /repos/ann/boards/commits', { body: [{ sha: 'abc', author: person('ann'), committer: person('bob'), commit: { message: 'Hello', author: { name: 'Ann' }, committer: { name: 'Bob', date: '2026-01-02T03:04:05Z' } } }] });
  expect(await createGithubApi('token', base).commits(at, 'a.json', 'main', signal)).toEqual([{
    ref: 'abc', message: 'Hello', createdAt: Date.UTC(2026, 0, 2, 3, 4, 5),
    authors: [{ name: 'Ann', username: 'ann', avatarURL: 'https://pictures/ann' }, { name: 'Bob', username: 'bob', avatarURL: 'https://pictures/bob' }],
  }]);
  expect(asked.at(-1)).toMatchObject({ url: '/repos/ann/boards/commits?per_page=100&sha=main&path=a.json', authorization: 'Bearer token' });
});

test('a hook that is there is brought up to date, else it is made', async () => {
  const hook = { url: 'https://here/webhook', secret: 's', events: ['push'] };
  answers.set('GET /repos/ann/boards/hooks', { body: [{ id: 5, config: { url: 'https://elsewhere' } }] });
  answers.set('POST /repos/ann/boards/hooks', { status: 201, body: { id: 6 } });
  expect(await createGithubApi('token', base).saveHook(at, hook, signal)).toEqual({ id: 6, url: hook.url, events: ['push'] });
  answers.set('GET /repos/ann/boards/hooks', { body: [{ id: 6, config: { url: hook.url } }] });
  answers.set('PATCH /repos/ann/boards/hooks/6', { body: { id: 6 } });
  expect((await createGithubApi('token', base).saveHook(at, hook, signal)).id).toBe(6);
  expect(asked.at(-1)?.method).toBe('PATCH');
  await createGithubApi('token', base).deleteHook(at, 99, signal);
});

test.each([[401, 403], [403, 403], [404, 404], [500, 503]])('GitHub\'s %i is told as %i', async (status, code) => {
  answers.set('GET /repos/ann/gone/commits', { status, body: { message: 'the token is ghp_secret' } });
  const failed = createGithubApi('ghp_secret', base).commits({ owner: 'ann', repo: 'gone' }, '', '', signal);
  await expect(failed).rejects.toMatchObject({ code });
  await expect(failed).rejects.not.toThrow(/ghp_secret/);
});

test('answers that are none', async () => {
  answers.set('GET /repos/ann/odd/commits', { body: '<html>' });
  await expect(createGithubApi('', base).commits({ owner: 'ann', repo: 'odd' }, '', '', signal)).rejects.toMatchObject({ code: 503 });
  answers.set('GET /repos/ann/odd/commits', { body: `"${'x'.repeat(9_000_000)}"` });
  await expect(createGithubApi('', base).commits({ owner: 'ann', repo: 'odd' }, '', '', signal)).rejects.toMatchObject({ code: 503 });
  answers.set('GET /repos/ann/odd/commits', { body: { not: 'a list' } });
  expect(await createGithubApi('', base).commits({ owner: 'ann', repo: 'odd' }, '', '', signal)).toEqual([]);
  await expect(createGithubApi('', 'http://127.0.0.1:1').commits(at, '', '', signal)).rejects.toMatchObject({ code: 503 });
});

test('an app proves itself by its key, given as PEM or as base64 of it', async () => {
  const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  for (const key of [pem, Buffer.from(pem).toString('base64')]) {
    const token = await appToken('42', key, 1_000_000);
    expect(decodeProtectedHeader(token).alg).toBe('RS256');
    expect(decodeJwt(token)).toEqual({ iss: '42', iat: 940, exp: 1_540 });
  }
  await expect(appToken('42', 'no key', 0)).rejects.toMatchObject({ code: 400 });
});
