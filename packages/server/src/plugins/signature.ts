/** Signatures of external plugins (plugins §4). */
import { createHash } from 'node:crypto';
import { matchesGlob, posix } from 'node:path';
import type { PluginFiles, PluginJson, PluginSignature } from './plugin.ts';

/** Public keys by id: armored, or the bytes of a bare key packet. */
export interface PublicKeys {
  find(keyId: string): Promise<string | Uint8Array | undefined>;
}

export interface SignatureDeps {
  readonly keys: PublicKeys;
  readonly rootUrl: string;
}

interface Manifest {
  readonly manifestVersion: string;
  readonly plugin: string;
  readonly version: string;
  readonly keyId: string;
  readonly time: number;
  readonly files: Readonly<Record<string, string>>;
  readonly signatureType: string;
  readonly signedByOrg: string;
  readonly signedByOrgName: string;
  readonly rootUrls?: readonly string[];
}

const signatureTypes = new Set(['grafana', 'commercial', 'community', 'private', 'private-glob']);
const status = (of: PluginSignature['status']): PluginSignature => ({ status: of, type: '', org: '' });

export async function checkSignature(json: PluginJson, files: PluginFiles, { keys, rootUrl }: SignatureDeps): Promise<PluginSignature> {
  const signed = await files.read('MANIFEST.txt');
  if (!signed || signed.bytes.length < 10) return status('unsigned');
  const manifest = await readManifest(signed.bytes.toString('utf8'), keys);
  if (!manifest || !manifest.manifestVersion.startsWith('2.') || files.list().length === 0) return status('invalid');
  if (manifest.plugin !== json.id || manifest.version !== json.info.version) return status('modified');
  if (manifest.rootUrls && manifest.rootUrls.length > 0 && !manifest.rootUrls.some((url) => matchesRoot(url, rootUrl, manifest.signatureType))) return status('invalid');
  for (const [path, wanted] of Object.entries(manifest.files)) {
    const file = await files.read(posix.normalize(path));
    if (!file || createHash('sha256').update(file.bytes).digest('hex') !== wanted) return status('modified');
  }
  if (files.list().some((path) => path !== 'MANIFEST.txt' && !Object.hasOwn(manifest.files, path))) return status('modified');
  return { status: 'valid', type: manifest.signatureType, org: manifest.signedByOrgName };
}

/** Undefined: not a manifest, or not signed by its key. */
async function readManifest(text: string, keys: PublicKeys): Promise<Manifest | undefined> {
  try {
    const openpgp = await import('openpgp');
    const message = await openpgp.readCleartextMessage({ cleartextMessage: text });
    const manifest = parseManifest(message.getText());
    const key = manifest && (await keys.find(manifest.keyId));
    if (!key) return undefined;
    const signature = await openpgp.readSignature({ armoredSignature: text.slice(text.indexOf('-----BEGIN PGP SIGNATURE-----')) });
    const packets = signature.packets as InstanceType<typeof openpgp.PacketList<InstanceType<typeof openpgp.SignaturePacket>>>;
    const signed = new openpgp.LiteralDataPacket();
    // The library has this method but does not declare it.
    (signed as unknown as { setText(text: string, format: number): void }).setText(message.getText(), openpgp.enums.literal.utf8);
    for (const keyPacket of await keyPackets(key)) {
      for (const packet of packets) {
        try {
          await packet.verify(keyPacket, openpgp.enums.signature.text, signed, new Date(), false, openpgp.config);
          return manifest;
        } catch {
          // Another key or another signature may fit.
        }
      }
    }
    return undefined;
  } catch {
    return undefined;
  }
}

/** A key as packets: stored keys are whole and may be revoked, the embedded one is the bare packet. */
async function keyPackets(key: string | Uint8Array) {
  const openpgp = await import('openpgp');
  if (typeof key !== 'string') {
    const list = await openpgp.PacketList.fromBinary(key, { [openpgp.enums.packet.publicKey]: openpgp.PublicKeyPacket } as never);
    return [...(list as unknown as Iterable<InstanceType<typeof openpgp.PublicKeyPacket>>)];
  }
  const whole = await openpgp.readKey({ armoredKey: key });
  if (await whole.isRevoked()) return [];
  return whole.getKeys().map(({ keyPacket }) => keyPacket);
}

function parseManifest(text: string): Manifest | undefined {
  const raw = JSON.parse(text) as Partial<Record<keyof Manifest, unknown>>;
  const texts = (['manifestVersion', 'plugin', 'version', 'keyId', 'signatureType', 'signedByOrg', 'signedByOrgName'] as const).every((key) => typeof raw[key] === 'string' && raw[key] !== '');
  const files = raw.files;
  const filesRight = typeof files === 'object' && files !== null && Object.keys(files).length > 0 && Object.values(files).every((hash) => typeof hash === 'string');
  const urls = raw.rootUrls ?? [];
  const right = texts && filesRight && typeof raw.time === 'number' && raw.time !== 0 && signatureTypes.has(raw.signatureType as string) &&
    Array.isArray(urls) && urls.every((url) => typeof url === 'string');
  return right ? (raw as Manifest) : undefined;
}

function matchesRoot(signed: string, root: string, type: string): boolean {
  const [a, b] = [URL.parse(signed), URL.parse(root)];
  if (a && b && a.protocol === b.protocol && a.host === b.host && clean(a.pathname) === clean(b.pathname)) return true;
  // Neither `/` nor `.` is matched by a star.
  return type === 'private-glob' && matchesGlob(root.replaceAll('.', '/'), signed.replaceAll('.', '/'));
}

const clean = (path: string) => posix.normalize(path || '/').replace(/(.)\/$/, '$1');
