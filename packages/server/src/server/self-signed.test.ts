import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { selfSignedCertificate } from './self-signed.ts';

test.each(['grafana.example.com', '127.0.0.1'])('a certificate for %s that others can read, signed by its own key', async (domain) => {
  const { cert, key } = await selfSignedCertificate(domain, Date.UTC(2026, 4, 6));
  const read = new X509Certificate(cert);
  expect([read.subject, read.issuer, read.validFrom, read.validTo]).toEqual([`CN=${domain}`, `CN=${domain}`, 'May  6 00:00:00 2026 GMT', 'May  6 00:00:00 2027 GMT']);
  expect(domain === '127.0.0.1' ? read.checkIP(domain) : read.checkHost(domain)).toBe(domain);
  expect(read.verify(read.publicKey)).toBe(true);
  expect(read.checkPrivateKey((await import('node:crypto')).createPrivateKey(key))).toBe(true);
}, 30_000);
