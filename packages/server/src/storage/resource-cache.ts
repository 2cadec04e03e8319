/**
 * Objects that are read again and again, as they were read last. Whoever takes one asks the database first whether it is the current version:
 * a version is never given twice, so what has the same is the same, whichever process writes.
 */
import { typeName } from './resource-rows.ts';
import type { ResourceKey, StoredResource } from './resource-store.ts';

export interface ResourceCache {
  get(key: ResourceKey): StoredResource | undefined;
  /** From the second time on that an object is read in a while: what is read in passing puts nothing out. */
  offer(object: StoredResource): void;
}

/** Of one object; longer ones are not what is read all the time. */
const objectCharactersMax = 500_000;
/** Fewer than what is kept: whoever reads through everything keeps nothing. */
const passersByMax = 128;

export function createResourceCache({ charactersMax }: { readonly charactersMax: number }): ResourceCache {
  // Oldest use first.
  const objects = new Map<string, StoredResource>();
  const passersBy = new Set<string>();
  let characters = 0;

  function forget(name: string, object: StoredResource): void {
    objects.delete(name);
    characters -= sizeOf(object);
  }

  return {
    get(key) {
      const name = nameOf(key);
      const known = objects.get(name);
      if (known) {
        objects.delete(name);
        objects.set(name, known);
      }
      return known;
    },
    offer(object) {
      // Secrets change their form when keys do, without a new version.
      if (object.secure !== '' || sizeOf(object) > objectCharactersMax) return;
      const name = nameOf(object);
      const known = objects.get(name);
      if (known) forget(name, known);
      else if (!passersBy.has(name)) {
        if (passersBy.size >= passersByMax) passersBy.clear();
        passersBy.add(name);
        return;
      }
      for (const shared of [object, object.labels, object.annotations, object.finalizers]) Object.freeze(shared);
      objects.set(name, object);
      characters += sizeOf(object);
      for (const [oldest, old] of objects) {
        if (characters <= charactersMax) break;
        forget(oldest, old);
      }
    },
  };
}

const nameOf = (key: ResourceKey) => `${typeName(key)}/${key.namespace}/${key.name}`;
const sizeOf = ({ spec, managedFields, status }: StoredResource) => spec.length + managedFields.length + status.length;
