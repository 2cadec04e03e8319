/** `grafana_live_*`: who is connected, and what went over the sockets (live §7). */
import { Counter, Gauge, type Registry } from 'prom-client';

/** Counted where it happens, with plain numbers: a publication to a thousand sockets looks up no label. */
export interface LiveCounts {
  messagesSent: number;
  messagesReceived: number;
  publications: number;
  /** Code -> how many. */
  readonly replyErrors: Map<number, number>;
  readonly disconnects: Map<number, number>;
}

export const newLiveCounts = (): LiveCounts => ({ messagesSent: 0, messagesReceived: 0, publications: 0, replyErrors: new Map(), disconnects: new Map() });

export const countCode = (codes: Map<number, number>, code: number): void => void codes.set(code, (codes.get(code) ?? 0) + 1);

export interface LiveMetricsDeps {
  readonly registry: Registry;
  readonly counts: LiveCounts;
  readonly clients: () => number;
  readonly users: () => number;
  readonly subscriptions: () => number;
  readonly channels: () => number;
}

export function liveMetrics({ registry, counts, clients, users, subscriptions, channels }: LiveMetricsDeps): void {
  const registers = [registry];
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({ name: `grafana_live_${name}`, help, registers, collect() { this.set(value()); } });
  const counter = (name: string, help: string, value: () => number) =>
    new Counter({ name: `grafana_live_${name}`, help, registers, collect() { this.reset(); this.inc(value()); } });
  const byCode = (name: string, help: string, codes: ReadonlyMap<number, number>) =>
    new Counter({ name: `grafana_live_${name}`, help, labelNames: ['code'], registers, collect() { this.reset(); for (const [code, count] of codes) this.inc({ code }, count); } });
  gauge('node_num_clients', 'Number of clients connected.', clients);
  gauge('node_num_users', 'Number of users that are connected.', users);
  gauge('node_num_subscriptions', 'Number of subscriptions.', subscriptions);
  gauge('node_num_channels', 'Number of channels with one or more subscribers.', channels);
  counter('node_messages_sent_count', 'Number of messages published.', () => counts.publications);
  counter('transport_messages_sent', 'Number of messages sent to client connections.', () => counts.messagesSent);
  counter('transport_messages_received', 'Number of messages received from client connections.', () => counts.messagesReceived);
  byCode('client_num_reply_errors', 'Number of errors in replies sent to clients.', counts.replyErrors);
  byCode('client_num_server_disconnects', 'Number of disconnects by the server.', counts.disconnects);
}
