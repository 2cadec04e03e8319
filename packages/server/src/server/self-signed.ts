/** A certificate for a server that was given none (config-and-operations §9.1): RSA, valid for a year, made in memory. */
import { generateKeyPair, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';

const yearMs = 365 * 86_400_000;
const keyBits = 4096;

export async function selfSignedCertificate(domain: string, now = Date.now()): Promise<{ readonly cert: string; readonly key: string }> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: keyBits, publicKeyEncoding: { type: 'spki', format: 'der' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const sha256WithRsa = sequence(objectId(1, 2, 840, 113_549, 1, 1, 11), tagged(0x05));
  const name = sequence(set(sequence(objectId(2, 5, 4, 3), tagged(0x0c, Buffer.from(domain)))));
  const serial = randomBytes(16);
  // Positive, and in its shortest form.
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  const address = isIP(domain) === 4 ? Buffer.from(domain.split('.').map(Number)) : undefined;
  const alternative = sequence(address ? tagged(0x87, address) : tagged(0x82, Buffer.from(domain)));
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, serial),
    sha256WithRsa,
    name,
    sequence(time(now), time(now + yearMs)),
    name,
    publicKey,
    tagged(0xa3, sequence(sequence(objectId(2, 5, 29, 17), tagged(0x04, alternative)))),
  );
  const signature = sign('sha256', body, privateKey);
  const der = sequence(body, sha256WithRsa, tagged(0x03, Buffer.from([0]), signature));
  return { cert: `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/(.{64})/g, '$1\n').trimEnd()}\n-----END CERTIFICATE-----\n`, key: privateKey };
}

/** One value of ASN.1, in DER. */
function tagged(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const hex = body.length.toString(16);
  const length = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
}

const sequence = (...content: readonly Buffer[]) => tagged(0x30, ...content);
const set = (...content: readonly Buffer[]) => tagged(0x31, ...content);

function objectId(first: number, second: number, ...rest: readonly number[]): Buffer {
  const bytes = [first * 40 + second];
  for (const number of rest) {
    const groups = [number & 0x7f];
    for (let left = number >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tagged(0x06, Buffer.from(bytes));
}

/** UTCTime, to the second. */
const time = (ms: number) => tagged(0x17, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));
