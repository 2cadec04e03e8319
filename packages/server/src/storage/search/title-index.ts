/**
 * Entries of one kind, always in title order, searched through one long text of all titles: finding a substring among ten thousand titles
 * is one pass over a few hundred kilobytes, and what is found comes sorted.
 */
import type { ContentEntry } from './content-entry.ts';

export interface TitleIndex {
  add(entry: ContentEntry): void;
  remove(entry: ContentEntry): void;
  readonly entries: readonly ContentEntry[];
  /** In title order, all entries whose folded title contains `folded`. Stops when `take` answers false. */
  scan(folded: string, take: (entry: ContentEntry) => boolean): void;
}

export function createTitleIndex(): TitleIndex {
  const entries: ContentEntry[] = [];
  /** All folded titles, a line each; rebuilt by the first search after a change. */
  let lines: { text: string; starts: Uint32Array } | undefined;

  return {
    entries,
    add(entry) {
      entries.splice(position(entry), 0, entry);
      lines = undefined;
    },
    remove(entry) {
      const at = position(entry);
      if (entries[at]?.name !== entry.name) return;
      entries.splice(at, 1);
      lines = undefined;
    },
    scan(folded, take) {
      if (folded === '') {
        for (const entry of entries) if (!take(entry)) return;
        return;
      }
      const { text, starts } = (lines ??= join());
      let line = 0;
      for (let at = text.indexOf(folded); at >= 0; at = text.indexOf(folded, starts[line]!)) {
        while (line + 1 < starts.length && starts[line + 1]! <= at) line++;
        if (!take(entries[line]!)) return;
        if (++line >= starts.length) return;
      }
    },
  };

  function join() {
    const starts = new Uint32Array(entries.length);
    let length = 0;
    for (let i = 0; i < entries.length; i++) {
      starts[i] = length;
      length += entries[i]!.titleFolded.length + 1;
    }
    return { text: entries.map((entry) => entry.titleFolded).join('\n'), starts };
  }

  /** Where the entry stands, or would. */
  function position(entry: ContentEntry): number {
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareEntries(entries[middle]!, entry) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** By title without regard to case, code unit by code unit; equal titles by name. */
export function compareEntries(a: ContentEntry, b: ContentEntry): number {
  if (a.titleFolded !== b.titleFolded) return a.titleFolded < b.titleFolded ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
