/** Counts and checksums of what is carried over. The sum does not depend on the order, so both sides may be read as they come. */
import { createHash } from 'node:crypto';
import type { StoredResource } from '../../../storage/resource-store.ts';

const modulus = 1n << 128n;

export interface Checksum {
  add(parts: readonly unknown[]): void;
  readonly count: number;
  text(): string;
}

export function createChecksum(): Checksum {
  let sum = 0n;
  let count = 0;
  return {
    add(parts) {
      count++;
      const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
      sum = (sum + BigInt(`0x${digest.slice(0, 32)}`)) % modulus;
    },
    get count() {
      return count;
    },
    text: () => (count === 0 ? '' : sum.toString(16).padStart(32, '0')),
  };
}

const sorted = (map: Readonly<Record<string, string>>) => Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));

/** All that makes an object what it is; its resource version is the database's own. */
export const partsOf = (object: StoredResource): readonly unknown[] => [
  object.group, object.resource, object.namespace, object.name, object.uid, object.generation, object.legacyId, object.folder, object.title, object.apiVersion, sorted(object.labels),
  sorted(object.annotations), object.created, object.updated, object.createdBy, object.updatedBy, object.deleted, object.deletionTimestamp, object.spec, object.status, object.finalizers,
  object.managedFields, object.ownerReferences,
];
