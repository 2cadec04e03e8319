/** What a handler returns when 200 and a plain JSON value are not it. */
import type { Readable } from 'node:stream';
import type { LentBody } from './lent-body.ts';

export class Reply {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly body: string | Buffer | Readable | LentBody | null;

  constructor(status: number, body: string | Buffer | Readable | LentBody | null, headers: Record<string, string | string[]>) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }

  /** Written as it is: without the headers that every other answer carries (static files, what is refused before them). */
  bare = false;

  asIs(): Reply {
    this.bare = true;
    return this;
  }

  with(headers: Record<string, string | string[]>): Reply {
    Object.assign(this.headers, headers);
    return this;
  }
}

export const json = (value: unknown, status = 200) => new Reply(status, JSON.stringify(value), { 'content-type': 'application/json' });
/** Text that is JSON already: what was stored leaves as it was. */
export const jsonText = (text: string | Buffer, status = 200) => new Reply(status, text, { 'content-type': 'application/json' });
/** `{"message": …}` with further members: most writes are answered so. */
export const note = (message: string, extra: Record<string, unknown> = {}, status = 200) => json({ message, ...extra }, status);
export const text = (body: string, status = 200, type = 'text/plain; charset=utf-8') => new Reply(status, body, { 'content-type': type });
export const html = (body: string, status = 200) => new Reply(status, body, { 'content-type': 'text/html; charset=UTF-8' });
export const bytes = (body: Buffer | Readable, type: string, status = 200) => new Reply(status, body, { 'content-type': type });
export const empty = (status = 204) => new Reply(status, null, {});
/** To a GET the answer has a body that links there (`web/http-server.ts`). */
export const redirect = (location: string, status = 302) => new Reply(status, null, { location });
/** The handler has written (or will write) to `ctx.raw.res` itself: proxies and streams. */
export const hijacked = new Reply(0, null, {});
/** Answers of the pipeline itself (not found, refused): newline-terminated, as the reference's middlewares write them (identity-and-access §1.3). */
export const pipelineJson = (value: unknown, status: number) =>
  new Reply(status, `${JSON.stringify(value)}\n`, { 'content-type': 'application/json; charset=UTF-8' });
