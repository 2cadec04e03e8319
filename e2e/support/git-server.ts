/** A git server over http: `git http-backend` behind a small web server, which wants a password. */
import { spawn, spawnSync } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder, removeFolder } from './belvedere.ts';

export const gitBinary = spawnSync('git', ['http-backend'], { encoding: 'utf8' }).stderr.includes('REQUEST_METHOD') ? 'git' : '';

export interface GitServer {
  /** Of the repository. */
  readonly url: string;
  readonly token: string;
  /** Runs git in a checkout of the repository's own; answers what it printed. */
  git(...args: readonly string[]): string;
  /** The checkout. */
  readonly dir: string;
  stop(): Promise<void>;
}

export async function startGitServer(): Promise<GitServer> {
  const root = temporaryFolder('git');
  const [bare, dir] = [join(root, 'boards.git'), join(root, 'checkout')];
  const token = 'of-the-test';
  const env = {
    ...process.env, GIT_CONFIG_NOSYSTEM: '1', HOME: root, GIT_AUTHOR_NAME: 'Ann', GIT_AUTHOR_EMAIL: 'ann@example.org', GIT_COMMITTER_NAME: 'Ann', GIT_COMMITTER_EMAIL: 'ann@example.org',
  };
  function git(cwd: string, args: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync('git', args, { cwd, env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
    return stdout;
  }
  git(root, ['init', '--quiet', '--bare', '--initial-branch=main', bare]);
  git(bare, ['config', 'http.receivepack', 'true']);
  git(root, ['clone', '--quiet', bare, dir]);

  const server = createServer((req, res) => {
    const [, encoded = ''] = (req.headers.authorization ?? '').split(' ');
    if (!Buffer.from(encoded, 'base64').toString('utf8').endsWith(`:${token}`)) {
      res.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    backend(req, res, { ...env, GIT_PROJECT_ROOT: root, GIT_HTTP_EXPORT_ALL: '1', REMOTE_USER: 'ann' });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/boards.git`, token, dir, git: (...args) => git(dir, args),
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      removeFolder(root);
    },
  };
}

/** The program speaks CGI: variables and the body in, headers and the body out. */
function backend(req: IncomingMessage, res: ServerResponse, env: NodeJS.ProcessEnv): void {
  const url = new URL(req.url ?? '/', 'http://here');
  const child = spawn('git', ['http-backend'], {
    env: {
      ...env, PATH_INFO: url.pathname, QUERY_STRING: url.search.slice(1), REQUEST_METHOD: req.method, CONTENT_TYPE: req.headers['content-type'] ?? '',
      ...(req.headers['content-length'] ? { CONTENT_LENGTH: req.headers['content-length'] } : {}),
      ...(req.headers['git-protocol'] ? { GIT_PROTOCOL: String(req.headers['git-protocol']) } : {}),
    },
  });
  child.stdin.on('error', () => {});
  req.pipe(child.stdin);
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  child.once('close', () => {
    const all = Buffer.concat(parts);
    const end = all.indexOf('\r\n\r\n');
    const headers = all.subarray(0, end).toString('latin1').split('\r\n').map((line) => line.split(/: ?(.*)/s) as [string, string]);
    const status = Number(headers.find(([name]) => name.toLowerCase() === 'status')?.[1]?.split(' ')[0] ?? 200);
    res.writeHead(status, Object.fromEntries(headers.filter(([name]) => name.toLowerCase() !== 'status'))).end(all.subarray(end + 4));
  });
}
