/** A watch: what history holds after a version, then what happens (apiserver-and-storage §4.5). */
import type { EventSource, ResourceEvents } from './resource-events.ts';
import type { ResourceEvent, ResourceType } from './resource-store.ts';

/** A reader this far behind is let go: it lists again, and nobody else waits for it. */
const bufferedMax = 1_000;

interface WatchDeps {
  readonly events: ResourceEvents;
  readonly source: EventSource;
}

export async function* watchResources({ events, source }: WatchDeps, type: ResourceType, namespace: string, since: number, signal: AbortSignal): AsyncIterable<ResourceEvent> {
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
    let last = since;
    for (const event of await source.between(type, since, Number.MAX_SAFE_INTEGER)) {
      if (signal.aborted) return;
      last = event.resourceVersion;
      if (wanted(event)) yield event;
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
