import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { readHead } from './http-message.ts';
import { createPlainExchange, type Answer, type ExchangeRequest } from './plain-exchange.ts';

const exchange = createPlainExchange({ dialTimeoutMs: 1_000, idleConnectionTimeoutMs: 10_000 });
let server: Server | undefined;
afterEach(() => {
  exchange.close();
  server?.close();
});

/** A source that answers each request with these texts, one write each; undefined closes the connection. */
async function source(...answers: (string | undefined)[][]) {
  const seen: string[] = [];
  let connections = 0;
  server = createServer((socket: Socket) => {
    connections++;
    socket.on('error', () => {});
    socket.on('data', (data) => {
      seen.push(data.toString());
      void (async () => {
        for (const part of answers.shift() ?? []) {
          if (part === undefined) return socket.end();
          socket.write(part);
          // Each part arrives by itself.
          await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
        }
      })();
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const ask = (more: Partial<ExchangeRequest> = {}) =>
    exchange.request({ url, path: '/x', method: 'GET', headers: {}, headersTimeoutMs: 2_000, bodyTimeoutMs: 2_000, repeatable: false, ...more });
  return { ask, seen, connections: () => connections };
}

async function textOf({ body }: Answer): Promise<string> {
  let text = '';
  for await (const part of body) text += part.toString();
  return text;
}

test.each([
  ['counted', ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello']],
  ['in many parts', ['HTTP/1.1 2', '00 OK\r\nContent-Le', 'ngth: 5\r\n\r', '\nhe', 'llo']],
  ['chunked', ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n']],
  ['chunked, in many parts, with a trailer', ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '5\r', '\nhe', 'll', 'o\r\n', '0', '\r\nX-T: 1\r\n', '\r\n']],
  ['behind information', ['HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello']],
])('an answer %s is read, and its connection used again', async (_, parts) => {
  const { ask, connections } = await source(parts, parts);
  for (let i = 0; i < 2; i++) {
    const answer = await ask();
    expect([answer.status, await textOf(answer)]).toEqual([200, 'hello']);
  }
  expect(connections()).toBe(1);
});

test('without a length the answer ends with the connection', async () => {
  const { ask, connections } = await source(['HTTP/1.1 200 OK\r\n\r\nhel', 'lo', undefined], ['HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nyo']);
  expect(await textOf(await ask())).toBe('hello');
  expect(await textOf(await ask())).toBe('yo');
  expect(connections()).toBe(2);
});

test.each([
  ['cut short', ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel', undefined], 'other side closed'],
  ['with broken chunks', ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'], 'malformed chunked encoding'],
  ['of two lengths', ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello'], 'malformed content length'],
  ['in another protocol', ['SSH-2.0-x\r\n\r\n'], 'malformed head of the answer'],
  ['in an unknown coding', ['HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'], 'a transfer encoding that is not known'],
])('an answer %s fails', async (_, parts, message) => {
  const { ask } = await source(parts);
  await expect(ask().then(textOf)).rejects.toThrow(message);
});

test('an answer to HEAD, and one that says 204, have no body', async () => {
  const { ask, connections } = await source(['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'], ['HTTP/1.1 204 No Content\r\n\r\n'], ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok']);
  expect(await textOf(await ask({ method: 'HEAD' }))).toBe('');
  expect(await textOf(await ask())).toBe('');
  expect(await textOf(await ask())).toBe('ok');
  expect(connections()).toBe(1);
});

test('what comes unasked closes the connection, so that it is no answer to the next request', async () => {
  const { ask, connections } = await source(['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'], ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nyo']);
  await ask().then(textOf).catch(() => {});
  expect(await textOf(await ask())).toBe('yo');
  expect(connections()).toBe(2);
});

test('a part that is not given back holds the source up, and nothing overwrites it', async () => {
  const size = 3_000_000;
  const { ask } = await source([`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`, 'a'.repeat(size / 2), 'b'.repeat(size / 2)]);
  const answer = await ask();
  let read = 0;
  let lent = 0;
  await new Promise<void>((resolve, reject) => answer.body.flow({
    part(bytes, taken) {
      expect(++lent).toBe(1);
      const before = Buffer.from(bytes);
      setImmediate(() => {
        if (!before.equals(bytes)) reject(new Error('overwritten'));
        read += bytes.length;
        lent--;
        taken();
        if (read === size) resolve();
      });
    },
    end: () => {},
    failed: reject,
  }));
});

test('a source that is too late is an error, and so is one that stops in the middle', async () => {
  const { ask } = await source([], ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel']);
  await expect(ask({ headersTimeoutMs: 20 })).rejects.toMatchObject({ code: 'HEADERS_TIMEOUT' });
  await expect(ask({ bodyTimeoutMs: 20 }).then(textOf)).rejects.toMatchObject({ code: 'BODY_TIMEOUT' });
});

test('who goes away lets the source go', async () => {
  const { ask, seen } = await source([], ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel']);
  const gone = new AbortController();
  const asked = ask({ signal: gone.signal });
  await vi.waitFor(() => expect(seen).toHaveLength(1));
  gone.abort(new Error('gone'));
  await expect(asked).rejects.toThrow('gone');
  const later = new AbortController();
  const answer = await ask({ signal: later.signal });
  later.abort(new Error('gone'));
  await expect(textOf(answer)).rejects.toThrow('gone');
});

test('requests are written with what they need, and nothing that would break them', async () => {
  const { ask, seen } = await source(['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'], ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n']);
  await textOf(await ask({ method: 'POST', path: '/a?b=c', headers: { 'x-a': ['1', '2'], connection: 'close', 'content-length': '99' }, body: 'é' }));
  expect(seen[0]).toMatch(/^POST \/a\?b=c HTTP\/1.1\r\nhost: 127.0.0.1:\d+\r\nconnection: keep-alive\r\nx-a: 1\r\nx-a: 2\r\ncontent-length: 2\r\n\r\né$/);
  const broken: Partial<ExchangeRequest>[] = [{ path: '/a b' }, { path: '/a\r\nx: y' }, { headers: { 'x-a': 'b\r\nc: d' } }, { headers: { 'x a': 'b' } }, { method: 'GET /' }];
  for (const bad of broken) await expect(ask(bad)).rejects.toThrow(TypeError);
});

test('heads keep repeated and folded headers', () => {
  expect(readHead('HTTP/1.1 200 \r\nA: 1\r\na: 2\r\nB: x\r\n y')).toEqual({ status: 200, statusText: '', minor: 1, headers: { a: ['1', '2'], b: 'x y' } });
  expect([readHead('HTTP/2 200'), readHead('HTTP/1.1 200 OK\r\nno colon'), readHead('HTTP/1.1 200 OK\r\nbad name : 1')]).toEqual([undefined, undefined, undefined]);
});
