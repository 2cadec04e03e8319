/** Keys that plugins are signed with (plugins §4.3): the one that every installation has, and those that the key-value store knows. */
import type { PublicKeys } from './signature.ts';

/** ECDSA on P-521, as a version 4 public key packet says it. */
const embedded = {
  keyId: '7e4d0c6a708866e7',
  createdAt: Date.UTC(2020, 3, 13, 21, 19, 27) / 1000,
  curve: '2b81040023',
  pointBits: 1059,
  point: '040188e51086f19b0cbbe7744d1f117691d3dd3cc17ccf185a5fd0fd191c9d3ab6cabed218a02181e9ed64cd255119b5cc2860b70f44669af4e42a6d453adc113265d80090f4f3dd115de7e4e40d6662cc371a5458736c3779d34c93c1ec6ba48add227c02fe3ae0b3b672ff5e61f0a039f575d491d993601e9347e380f5128c13e742268c',
};

export interface StoredKeys {
  /** `key-<id>` of the namespace `plugin.publickeys`. */
  get(key: string): Promise<string | undefined>;
}

export function createPublicKeys(stored: StoredKeys | undefined): PublicKeys {
  return {
    async find(keyId) {
      const known = await stored?.get(`key-${keyId}`);
      return known ?? (keyId === embedded.keyId ? embeddedKeyPacket() : undefined);
    },
  };
}

/** The key alone, without user ids or self-signatures: enough to verify with. */
export function embeddedKeyPacket(): Buffer {
  const curve = Buffer.from(embedded.curve, 'hex');
  const head = Buffer.alloc(6);
  head[0] = 4;
  head.writeUInt32BE(embedded.createdAt, 1);
  head[5] = 19;
  const bits = Buffer.alloc(2);
  bits.writeUInt16BE(embedded.pointBits);
  const body = Buffer.concat([head, Buffer.from([curve.length]), curve, bits, Buffer.from(embedded.point, 'hex')]);
  return Buffer.concat([Buffer.from([0x99, body.length >> 8, body.length & 255]), body]);
}
