/** Groups alerts by route and labels, and flushes each group in its own rhythm (alerting-notifications §3). */
import type { Clock } from '../../../infra/clock.ts';
import type { Labels } from '../rules/alert-rule.ts';
import type { HeldAlert } from '../templates/notification-data.ts';
import { groupLabelsOf, groupLabelsText, matchRoutes, type RouteNode } from './routing.ts';

export interface AlertGroup {
  readonly route: RouteNode;
  readonly labels: Labels;
  readonly key: string;
  readonly alerts: ReadonlyMap<string, HeldAlert>;
}

export interface DispatcherDeps {
  readonly clock: Clock;
  readonly root: RouteNode;
  /** Tells the group's receiver; false or a rejection: not everybody was told, resolved alerts stay in the group. */
  readonly notify: (group: AlertGroup, alerts: readonly HeldAlert[], signal: AbortSignal) => Promise<boolean>;
}

interface Group extends AlertGroup {
  readonly alerts: Map<string, HeldAlert>;
  readonly abort: AbortController;
  /** Ends the wait before the first flush. */
  hurry: AbortController;
  flushed: boolean;
}

const flushTimeoutMinMs = 10_000;

export class Dispatcher {
  readonly #deps: DispatcherDeps;
  readonly #groups = new Map<string, Group>();
  readonly #running = new Set<Promise<void>>();

  constructor(deps: DispatcherDeps) {
    this.#deps = deps;
  }

  get groups(): readonly AlertGroup[] {
    return [...this.#groups.values()];
  }

  put(alert: HeldAlert): void {
    const { clock, root } = this.#deps;
    const now = clock.now();
    for (const route of matchRoutes(root, alert.labels)) {
      const labels = groupLabelsOf(route, alert.labels);
      const id = `${route.id}:${groupLabelsText(labels)}`;
      let group = this.#groups.get(id);
      if (!group) {
        // What has ended already opens no group.
        if (alert.endsAt <= now) continue;
        group = { route, labels, key: `${route.key}:${groupLabelsText(labels)}`, alerts: new Map(), abort: new AbortController(), hurry: new AbortController(), flushed: false };
        this.#groups.set(id, group);
        group.alerts.set(alert.fingerprint, alert);
        const running = this.#run(id, group).finally(() => this.#running.delete(running));
        this.#running.add(running);
      } else group.alerts.set(alert.fingerprint, alert);
      // One that waited long enough elsewhere does not wait again.
      if (!group.flushed && alert.startsAt + route.groupWaitMs < now) group.hurry.abort();
    }
  }

  async #run(id: string, group: Group): Promise<void> {
    const { clock } = this.#deps;
    const { route, abort } = group;
    const stopped = abort.signal;
    try {
      try {
        await clock.sleep(route.groupWaitMs, AbortSignal.any([stopped, group.hurry.signal]));
      } catch {
        if (stopped.aborted) return;
      }
      for (;;) {
        const flushedAt = clock.now();
        group.flushed = true;
        await this.#flush(group);
        if (stopped.aborted) return;
        if (group.alerts.size === 0) {
          this.#groups.delete(id);
          return;
        }
        await clock.sleep(Math.max(0, flushedAt + route.groupIntervalMs - clock.now()), stopped);
      }
    } catch (error) {
      if (!stopped.aborted) throw error;
    }
  }

  async #flush(group: Group): Promise<void> {
    const { clock, notify } = this.#deps;
    const now = clock.now();
    const alerts = [...group.alerts.values()].sort(inOrder);
    if (alerts.length === 0) return;
    const deadline = AbortSignal.timeout(Math.max(group.route.groupIntervalMs, flushTimeoutMinMs));
    const told = await notify(group, alerts, AbortSignal.any([group.abort.signal, deadline])).catch(() => false);
    if (!told) return;
    // Whoever fired again meanwhile stays.
    for (const alert of alerts) if (alert.endsAt <= now && group.alerts.get(alert.fingerprint) === alert) group.alerts.delete(alert.fingerprint);
  }

  async stop(): Promise<void> {
    for (const group of this.#groups.values()) group.abort.abort(new Error('the dispatcher stops'));
    await Promise.allSettled(this.#running);
    this.#groups.clear();
  }
}

/** Job and instance first, then fewer labels, then by name and value. */
export function inOrder(a: HeldAlert, b: HeldAlert): number {
  for (const name of ['job', 'instance']) {
    const x = a.labels[name] ?? '';
    const y = b.labels[name] ?? '';
    if (x !== y) return x < y ? -1 : 1;
  }
  const names = Object.keys(a.labels).sort();
  const size = Object.keys(b.labels).length;
  if (names.length !== size) return names.length - size;
  for (const name of names) {
    const y = b.labels[name];
    if (y === undefined) return -1;
    const x = a.labels[name]!;
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}
