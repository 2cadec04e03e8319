import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import type { StoredResource } from '../../storage/resource-store.ts';
import { StatusError } from '../../apiserver/status.ts';
import { newRepositoryStatus, type JobSpec, type Repository } from './git-sync.ts';
import { receiveWebhook, verifySignature } from './webhook.ts';

const secret = 'of the test';
const signed = (body: string, key = secret) => `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;
const repository: Repository = {
  namespace: 'default', name: 'r', uid: 'u', status: newRepositoryStatus, stored: {} as StoredResource,
  spec: { title: 'R', type: 'github', workflows: ['write'], sync: { enabled: true, target: 'folder', intervalSeconds: 60 }, github: { url: 'https://github.com/ann/boards', branch: 'main' } },
};

async function send(event: string, payload: object | string, { key = secret, repo = repository, add }: { key?: string; repo?: Repository; add?: () => Promise<StoredResource> } = {}) {
  const added: [Omit<JobSpec, 'repository'>, string | undefined][] = [];
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const reply = await receiveWebhook(repo, { rawBody: Buffer.from(body), headers: { 'x-github-event': event, 'x-hub-signature-256': signed(body, key), 'content-type': 'application/json' } }, {
    secretOf: async () => secret,
    add: async (_, spec, name) => {
      added.push([spec, name]);
      return add ? add() : ({ name: 'job', spec: JSON.stringify(spec) } as StoredResource);
    },
  });
  return { status: reply.status, added };
}

const named = { repository: { full_name: 'Ann/boards' } };
const hash = 'a'.repeat(40);
const pullRequest = { ...named, action: 'opened', pull_request: { number: 7, html_url: 'https://github.com/ann/boards/pull/7', head: { ref: 'try', sha: hash }, base: { ref: 'main' } } };

test('only what is signed with the secret is believed', async () => {
  await expect(send('push', { ...named, ref: 'refs/heads/main' }, { key: 'another' })).rejects.toMatchObject({ code: 401 });
  expect(verifySignature('', Buffer.from('x'), signed('x', ''))).toBe(false);
  for (const header of [undefined, '', 'sha256=', ['a', 'b'], signed('y')]) expect(verifySignature(secret, Buffer.from('x'), header)).toBe(false);
  expect(verifySignature(secret, Buffer.from('x'), signed('x'))).toBe(true);
});

test('a push to the branch pulls; to another branch, or while one is waiting, it does nothing', async () => {
  expect(await send('push', { ...named, ref: 'refs/heads/main' })).toEqual({ status: 202, added: [[{ action: 'pull', pull: { incremental: true } }, undefined]] });
  expect(await send('push', { ...named, ref: 'refs/heads/other' })).toEqual({ status: 200, added: [] });
  expect(await send('push', { ...named, ref: 'refs/heads/main' }, { add: () => Promise.reject(new StatusError(409, 'AlreadyExists', 'there is one')) })).toMatchObject({ status: 200 });
});

test('a pull request is looked at under a name of its own', async () => {
  expect(await send('pull_request', pullRequest)).toMatchObject({ status: 202, added: [[{ action: 'pr', pr: { pr: 7, ref: 'try', hash } }, 'r-pr-7-aaaaaaaa']] });
  expect(await send('pull_request', { ...pullRequest, action: 'closed' })).toEqual({ status: 200, added: [] });
});

test.each([
  ['push', { repository: { full_name: 'eve/boards' }, ref: 'refs/heads/main' }], ['push', '{'], ['push', 'null'],
  ['pull_request', { ...pullRequest, pull_request: { ...pullRequest.pull_request, head: { ref: '../x', sha: hash } } }],
  ['pull_request', { ...pullRequest, pull_request: { ...pullRequest.pull_request, number: '7; drop' } }],
])('%s with %j is refused', async (event, payload) => {
  await expect(send(event, payload)).rejects.toMatchObject({ code: 400 });
});

test('pings and what nobody knows are answered; repositories elsewhere have no webhooks', async () => {
  expect((await send('ping', {})).status).toBe(200);
  expect((await send('stars', {})).status).toBe(200);
  await expect(send('push', {}, { repo: { ...repository, spec: { ...repository.spec, type: 'local' } } })).rejects.toMatchObject({ code: 400 });
});
