/** Live channels over the server's WebSocket. The protocol's library is loaded, and the connection made, with the first channel. */
import { LiveChannelConnectionState, LiveChannelEventType, LoadingState, StreamingDataFrame, type DataFrameJSON, type DataQueryResponse, type LiveChannelAddress, type LiveChannelEvent } from '@grafana/data';
import { config, getBackendSrv, type GrafanaLiveSrv } from '@grafana/runtime';
import type { Centrifuge, Subscription } from 'centrifuge';
import { BehaviorSubject, EMPTY, from, Observable, switchMap } from 'rxjs';

const channelOf = ({ scope, stream, namespace, path }: LiveChannelAddress) => `${config.namespace}/${scope}/${stream ?? namespace}/${path}`;

interface OpenChannel {
  readonly subscription: Subscription;
  readers: number;
}

export function createLiveSrv(): GrafanaLiveSrv {
  const connected = new BehaviorSubject(false);
  const open = new Map<string, OpenChannel>();
  let connecting: Promise<Centrifuge> | undefined;

  async function connect(): Promise<Centrifuge> {
    const { Centrifuge: Client } = await import('centrifuge');
    const client = new Client(`${location.origin.replace(/^http/, 'ws')}${config.appSubUrl ?? ''}/api/live/ws`, { name: 'console' });
    client.on('connected', () => connected.next(true));
    client.on('disconnected', () => connected.next(false));
    client.connect();
    return client;
  }

  const client = () => (connecting ??= connect());

  function messages<T>(address: LiveChannelAddress): Observable<LiveChannelEvent<T>> {
    const id = channelOf(address);
    return from(client()).pipe(switchMap((live) => new Observable<LiveChannelEvent<T>>((subscriber) => {
      let channel = open.get(id);
      if (!channel) {
        channel = { subscription: live.newSubscription(id, { data: address.data }), readers: 0 };
        open.set(id, channel);
      }
      const { subscription } = channel;
      channel.readers++;
      const status = (state: LiveChannelConnectionState, more: { readonly message?: unknown; readonly error?: unknown } = {}) =>
        subscriber.next({ type: LiveChannelEventType.Status, id, timestamp: Date.now(), state, ...more });
      const onMessage = ({ data }: { readonly data: T }) => subscriber.next({ type: LiveChannelEventType.Message, message: data });
      const onSubscribed = ({ data }: { readonly data?: unknown }) => status(LiveChannelConnectionState.Connected, data === undefined ? {} : { message: data });
      const onSubscribing = () => status(LiveChannelConnectionState.Connecting);
      const onRefused = ({ reason }: { readonly reason: string }) => status(LiveChannelConnectionState.Shutdown, { error: reason });
      const onError = ({ error }: { readonly error: { readonly message: string } }) => status(LiveChannelConnectionState.Disconnected, { error: error.message });
      const onJoin = ({ info }: { readonly info: unknown }) => subscriber.next({ type: LiveChannelEventType.Join, user: info });
      const onLeave = ({ info }: { readonly info: unknown }) => subscriber.next({ type: LiveChannelEventType.Leave, user: info });
      subscription.on('publication', onMessage).on('subscribed', onSubscribed).on('subscribing', onSubscribing).on('unsubscribed', onRefused).on('error', onError).on('join', onJoin).on('leave', onLeave);
      subscription.subscribe();
      const held = channel;
      return () => {
        subscription.off('publication', onMessage).off('subscribed', onSubscribed).off('subscribing', onSubscribing).off('unsubscribed', onRefused).off('error', onError).off('join', onJoin).off('leave', onLeave);
        if (--held.readers > 0) return;
        open.delete(id);
        subscription.unsubscribe();
        live.removeSubscription(subscription);
      };
    })));
  }

  return {
    getConnectionState: () => connected,
    getStream: messages,
    getDataStream({ addr, frame, key, buffer, filter }) {
      if (!config.liveEnabled) return EMPTY;
      let data: StreamingDataFrame | undefined = frame ? StreamingDataFrame.fromDataFrameJSON(frame, buffer) : undefined;
      const responseKey = key ?? channelOf(addr);
      const shown = (): DataQueryResponse => ({ key: responseKey, state: LoadingState.Streaming, data: data ? [filter?.fields ? withFields(data, filter.fields) : data] : [] });
      return new Observable((subscriber) => {
        if (data?.length) subscriber.next(shown());
        const push = (message: DataFrameJSON) => {
          if (data) data.push(message);
          else data = StreamingDataFrame.fromDataFrameJSON(message, buffer);
          subscriber.next(shown());
        };
        return messages<DataFrameJSON>(addr).subscribe({
          next(event) {
            if (event.type === LiveChannelEventType.Message) push(event.message);
            else if (event.type === LiveChannelEventType.Status && event.error) subscriber.next({ ...shown(), state: LoadingState.Error, errors: [{ message: `Live channel: ${String(event.error)}` }] });
            else if (event.type === LiveChannelEventType.Status && event.message?.schema) push(event.message as DataFrameJSON);
          },
          error: (error: unknown) => subscriber.error(error),
        });
      });
    },
    async getPresence(address) {
      const { clients } = await (await client()).presence(channelOf(address));
      return { users: Object.values(clients) };
    },
    async publish(address, data, options) {
      if (options?.useSocket) return (await client()).publish(channelOf(address), data);
      const { scope, stream, namespace, path } = address;
      return getBackendSrv().post('/api/live/publish', { channel: `${scope}/${stream ?? namespace}/${path}`, data });
    },
  };
}

/** A copy, so that what draws it sees a change. */
function withFields(data: StreamingDataFrame, names: readonly string[]): StreamingDataFrame {
  return Object.assign(Object.create(Object.getPrototypeOf(data)) as StreamingDataFrame, data, { fields: data.fields.filter(({ name }) => names.includes(name)) });
}
