/** Reads zip archives (plugins §15.2): stored and deflated members, as plugin packages have them. */
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  /** POSIX mode with file type; 0 where the archive does not say. */
  readonly mode: number;
  read(): Promise<Buffer>;
}

export class ZipError extends Error {
  constructor(reason: string) {
    super(`the archive ${reason}`);
    this.name = 'ZipError';
  }
}

const entriesMax = 50_000;
const unpackedBytesMax = 2_147_483_648;
const inflate = promisify(inflateRaw);

export function readZip(archive: Buffer): ZipEntry[] {
  const end = findEnd(archive);
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  if (count > entriesMax || count === 0xffff || at === 0xffffffff) throw new ZipError('has too many members');
  const entries: ZipEntry[] = [];
  let total = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > archive.length || archive.readUInt32LE(at) !== 0x02014b50) throw new ZipError('is damaged');
    const method = archive.readUInt16LE(at + 10);
    const sum = archive.readUInt32LE(at + 16);
    const packed = archive.readUInt32LE(at + 20);
    const size = archive.readUInt32LE(at + 24);
    const nameLength = archive.readUInt16LE(at + 28);
    const skip = archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
    const mode = archive.readUInt32LE(at + 38) >>> 16;
    const local = archive.readUInt32LE(at + 42);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    total += size;
    if (total > unpackedBytesMax) throw new ZipError('is too large');
    entries.push({ name, mode, read: () => readMember(archive, { method, sum, packed, size, local }) });
    at += 46 + nameLength + skip;
  }
  return entries;
}

function findEnd(archive: Buffer): number {
  for (let at = archive.length - 22; at >= Math.max(0, archive.length - 65_557); at--) {
    if (archive.readUInt32LE(at) === 0x06054b50) return at;
  }
  throw new ZipError('is none');
}

async function readMember(archive: Buffer, { method, sum, packed, size, local }: { method: number; sum: number; packed: number; size: number; local: number }): Promise<Buffer> {
  if (local + 30 > archive.length || archive.readUInt32LE(local) !== 0x04034b50) throw new ZipError('is damaged');
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const raw = archive.subarray(start, start + packed);
  if (raw.length !== packed) throw new ZipError('is cut off');
  let bytes: Buffer;
  if (method === 0) bytes = raw;
  else if (method === 8) bytes = await inflate(raw, { maxOutputLength: Math.max(size, 1) });
  else throw new ZipError(`is packed in a way that is not known (${method})`);
  if (bytes.length !== size || crc32(bytes) !== sum) throw new ZipError('is damaged');
  return bytes;
}
