/** What GitHub tells of a repository (apiserver-and-storage §6.9): signed with the repository's secret, and believed only then. */
import { createHmac } from 'node:crypto';
import type { SubresourceRequest } from '../../apiserver/kind.ts';
import { badRequest, StatusError } from '../../apiserver/status.ts';
import type { StoredResource } from '../../storage/resource-store.ts';
import { numberOf, objectOf, textOf } from '../../util/json-value.ts';
import { sameSecret } from '../../util/same-secret.ts';
import { json, type Reply } from '../../web/reply.ts';
import { apiVersion, placeOf, type JobSpec, type Repository } from './git-sync.ts';
import { githubRepository } from './github-api.ts';
import { isBranchName } from './git-files.ts';

export interface WebhookDeps {
  readonly secretOf: (repository: Repository) => Promise<string>;
  readonly add: (repository: Repository, spec: Omit<JobSpec, 'repository'>, name?: string) => Promise<StoredResource>;
}

const bodyBytesMax = 25 * 1_048_576;
const lookedAt = new Set(['opened', 'reopened', 'synchronize']);
const answer = (code: number, more: object = {}): Reply => json({ kind: 'WebhookResponse', apiVersion, code, ...more }, code);

export function verifySignature(secret: string, body: Buffer, header: unknown): boolean {
  if (secret === '' || typeof header !== 'string') return false;
  return sameSecret(header, `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
}

export async function receiveWebhook(repository: Repository, { headers, rawBody }: Pick<SubresourceRequest, 'headers' | 'rawBody'>, { secretOf, add }: WebhookDeps): Promise<Reply> {
  if (rawBody.length > bodyBytesMax) throw new StatusError(413, 'RequestEntityTooLarge', 'the body is too large');
  const { spec } = repository;
  if (spec.type !== 'github') throw badRequest('the repository does not support webhooks');
  if (!verifySignature(await secretOf(repository), rawBody, headers['x-hub-signature-256'])) throw new StatusError(401, 'Unauthorized', 'invalid signature');
  const event = payloadOf(rawBody, headers);
  const at = githubRepository(placeOf(spec).url ?? '');
  const named = textOf(objectOf(event['repository'])['full_name']);
  switch (headers['x-github-event']) {
    case 'ping': return answer(200, { message: 'ping received' });
    case 'push': {
      if (named.toLowerCase() !== `${at?.owner}/${at?.repo}`.toLowerCase()) throw badRequest('the event is about another repository');
      if (textOf(event['ref']) !== `refs/heads/${placeOf(spec).branch}` || !spec.sync.enabled) return answer(200);
      return queued(() => add(repository, { action: 'pull', pull: { incremental: true } }));
    }
    case 'pull_request': {
      if (named.toLowerCase() !== `${at?.owner}/${at?.repo}`.toLowerCase()) throw badRequest('the event is about another repository');
      const request = objectOf(event['pull_request']);
      const head = objectOf(request['head']);
      const [ref, hash, pr] = [textOf(head['ref']), textOf(head['sha']), numberOf(request['number'], 0)];
      if (!lookedAt.has(textOf(event['action'])) || textOf(objectOf(request['base'])['ref']) !== placeOf(spec).branch) return answer(200);
      if (!isBranchName(ref) || !/^[0-9a-f]{40}$/.test(hash) || !Number.isSafeInteger(pr) || pr < 1) throw badRequest('the event names no branch or commit');
      return queued(() => add(repository, { action: 'pr', pr: { url: textOf(request['html_url']), pr, ref, hash } }, `${repository.name}-pr-${pr}-${hash.slice(0, 8)}`));
    }
    default: return answer(200, { message: 'unsupported event' });
  }
}

/** A job that waits already does what was asked for. */
async function queued(add: () => Promise<StoredResource>): Promise<Reply> {
  try {
    const job = await add();
    return answer(202, { added: job.name, job: JSON.parse(job.spec) });
  } catch (error) {
    if (error instanceof StatusError && error.code === 409) return answer(200);
    throw error;
  }
}

function payloadOf(body: Buffer, headers: SubresourceRequest['headers']): Record<string, unknown> {
  const text = body.toString('utf8');
  const json = /x-www-form-urlencoded/.test(String(headers['content-type'] ?? '')) ? (new URLSearchParams(text).get('payload') ?? '') : text;
  try {
    return objectOf(JSON.parse(json));
  } catch (cause) {
    throw badRequest('the body is no JSON', cause);
  }
}
