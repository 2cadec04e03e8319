/** A watch: what history holds after a version, then what happens (apiserver-and-storage §4.5). */
import type { EventSource, ResourceEvents } from './resource-events.ts';
import { ResourceStoreError, type ResourceEvent, type ResourceType } from './resource-store.ts';

/** A reader this far behind is let go: it lists again, and nobody else waits for it. */
const bufferedMax = 1_000;
/** Events of the past that are read, and held, at a time. */
const pastAtOnce = 100;

interface WatchDeps {
  readonly events: ResourceEvents;
  readonly source: EventSource;
  /** Deletions before this version may have been forgotten; whoever knows no more than that has to list again. */
  readonly forgottenBefore?: (type: ResourceType) => number;
}

export async function* watchResources({ events, source, forgottenBefore }: WatchDeps, type: ResourceType, namespace: string, since: number, signal: AbortSignal): AsyncIterable<ResourceEvent> {
  const buffer: ResourceEvent[] = [];
  let overflown = false;
  let wake = () => {};
  const wanted = (event: ResourceEvent) => namespace === '' || event.object.namespace === namespace;
  const stop = events.listen((event) => {
    if (event.object.resource !== type.resource || event.object.group !== type.group || !wanted(event)) return;
    if (buffer.length >= bufferedMax) overflown = true;
    else buffer.push(event);
    wake();
  });
  const aborted = () => wake();
  signal.addEventListener('abort', aborted);
  try {
    await events.start();
    if (since > 0 && since < (forgottenBefore?.(type) ?? 0)) throw new ResourceStoreError('gone', { ...type, namespace, name: '' });
    let last = since;
    for (let full = true; full; ) {
      const past = await source.between(type, last, Number.MAX_SAFE_INTEGER, pastAtOnce);
      full = past.length === pastAtOnce;
      for (const event of past) {
        if (signal.aborted) return;
        last = event.resourceVersion;
        if (wanted(event)) yield event;
      }
    }
    while (!signal.aborted) {
      const event = buffer.shift();
      if (event && event.resourceVersion > last) {
        last = event.resourceVersion;
        yield event;
      } else if (!event) {
        if (overflown) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (signal.aborted || buffer.length > 0) resolve();
        });
      }
    }
  } finally {
    stop();
    signal.removeEventListener('abort', aborted);
  }
}
