/** What was told to whom (alerting-notifications §3, 7): decides whether a flush has anything new to say. */

export interface LogEntry {
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly expiresAt: number;
}

export interface NotificationLog {
  get(key: string): LogEntry | undefined;
  put(key: string, entry: LogEntry): void;
  collect(now: number): void;
  /** Text for the key-value store. */
  snapshot(): string;
  readonly changed: boolean;
}

export function createNotificationLog(stored: string | undefined): NotificationLog {
  const entries = new Map<string, LogEntry>(stored ? (JSON.parse(stored) as [string, LogEntry][]) : []);
  let changed = false;
  return {
    get: (key) => entries.get(key),
    put(key, entry) {
      entries.set(key, entry);
      changed = true;
    },
    collect(now) {
      for (const [key, entry] of entries) {
        if (entry.expiresAt > now) continue;
        entries.delete(key);
        changed = true;
      }
    },
    snapshot() {
      changed = false;
      return JSON.stringify([...entries]);
    },
    get changed() {
      return changed;
    },
  };
}

export interface Flush {
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
  readonly sendResolved: boolean;
  readonly repeatIntervalMs: number;
  readonly now: number;
}

/** Is there something that the receiver does not know yet, or has to hear again? */
export function needsNotification(entry: LogEntry | undefined, { firing, resolved, sendResolved, repeatIntervalMs, now }: Flush): boolean {
  if (!entry) return firing.length > 0;
  const knownFiring = new Set(entry.firing);
  if (firing.some((f) => !knownFiring.has(f))) return true;
  if (firing.length === 0) return entry.firing.length > 0;
  if (sendResolved) {
    const knownResolved = new Set(entry.resolved);
    if (resolved.some((f) => !knownResolved.has(f))) return true;
  }
  return entry.at < now - repeatIntervalMs;
}
