/** Reads a request's body, bounded. */
import type { IncomingMessage } from 'node:http';
import { ApiError } from './errors.ts';

export const bodyBytesMaxDefault = 16 * 1_048_576;

export function readBody(req: IncomingMessage, bytesMax: number, tooLarge: () => ApiError = bodyTooLarge): Promise<Buffer> {
  const declared = Number(req.headers['content-length'] ?? 0);
  if (declared > bytesMax) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    const fail = (error: Error) => {
      req.removeAllListeners('data');
      req.resume();
      reject(error);
    };
    req.on('data', (part: Buffer) => {
      size += part.length;
      if (size > bytesMax) return fail(tooLarge());
      parts.push(part);
    });
    req.once('end', () => resolve(parts.length === 1 ? parts[0]! : Buffer.concat(parts, size)));
    req.once('error', reject);
    // Every request closes; an error is made only for one that closes early.
    req.once('close', () => {
      if (!req.readableEnded) reject(new ApiError(499, 'Client closed request', { messageId: 'api.requestCanceled' }));
    });
  });
}

const bodyTooLarge = () => new ApiError(413, 'Request body too large');
