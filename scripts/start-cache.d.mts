/** A hash of all sources that changes when one of them does. */
export function stamp(): string;
/** What to run: the start cache where it is of this very source, else the source. */
export function serverEntry(node: string): string;
