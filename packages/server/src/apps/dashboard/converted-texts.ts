/** Dashboards at other versions' terms, remembered: who opens one today has opened it before, and converting costs a hundred times what sending does. */
import type { StoredResource } from '../../storage/resource-store.ts';
import { convertDashboard } from './schema/convert.ts';
import type { SourceLookup } from './schema/document.ts';

export interface ConvertedText {
  readonly specText: string;
  readonly statusText: string;
}

export interface ConvertedTexts {
  of(stored: StoredResource, version: string, sources: SourceLookup): ConvertedText;
}

interface Remembered extends ConvertedText {
  readonly resourceVersion: number;
  readonly sources: SourceLookup;
}

export function createConvertedTexts({ charactersMax }: { readonly charactersMax: number }): ConvertedTexts {
  // Oldest use first.
  const texts = new Map<string, Remembered>();
  let characters = 0;

  function forget(key: string, text: Remembered): void {
    texts.delete(key);
    characters -= text.specText.length;
  }

  return {
    of(stored, version, sources) {
      const key = `${stored.namespace}/${stored.name}/${version}`;
      const known = texts.get(key);
      if (known) forget(key, known);
      const text = known?.resourceVersion === stored.resourceVersion && known.sources === sources ? known : { ...convert(stored, version, sources), resourceVersion: stored.resourceVersion, sources };
      texts.set(key, text);
      characters += text.specText.length;
      for (const [oldest, old] of texts) {
        if (characters <= charactersMax) break;
        forget(oldest, old);
      }
      return text;
    },
  };
}

function convert(stored: StoredResource, version: string, sources: SourceLookup): ConvertedText {
  const { spec, error } = convertDashboard(stored.spec, stored.apiVersion, version, sources);
  const conversion = { failed: error !== undefined, ...(error === undefined ? {} : { error }), storedVersion: stored.apiVersion };
  return { specText: JSON.stringify(spec), statusText: JSON.stringify({ conversion }) };
}
