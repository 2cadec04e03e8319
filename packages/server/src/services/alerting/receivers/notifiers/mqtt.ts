/** mqtt (alerting-notifications §9): connect, publish, disconnect. MQTT 3.1.1, as little of it as that needs. */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { randomInt } from 'node:crypto';
import { dataObject } from '../../templates/notification-data.ts';
import { BadSettings, NotifyError } from '../integration.ts';
import { defaultMessage, demandRendered, rendererOf, type Notifier } from '../notifier.ts';

const timeoutMs = 10_000;

const text = (value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

function packet(type: number, body: Buffer): Buffer {
  const length: number[] = [];
  let rest = body.length;
  do {
    length.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from([type, ...length]), body]);
}

export const mqtt: Notifier = (settings) => {
  const broker = settings.text('brokerUrl');
  if (broker === '') throw new BadSettings('MQTT broker URL must be specified');
  const topic = settings.text('topic');
  if (topic === '') throw new BadSettings('MQTT topic must be specified');
  const format = settings.text('messageFormat', 'json');
  if (format !== 'json' && format !== 'text') throw new BadSettings("invalid message format, must be 'json' or 'text'");
  const qos = settings.number('qos') ?? 0;
  if (![0, 1, 2].includes(qos)) throw new BadSettings(`invalid QoS level: ${qos}. Must be 0, 1 or 2`);
  const message = settings.text('message', defaultMessage);
  return async (n) => {
    const render = rendererOf(n);
    const shown = render(message);
    const subject = render(topic);
    demandRendered(render);
    const payload = format === 'json' ? JSON.stringify({ ...dataObject(n.data), version: '1', groupKey: n.groupKey, message: shown }) : shown;
    const tls = settings.object('tlsConfig');
    const url = new URL(broker);
    const secure = ['tls:', 'ssl:', 'mqtts:'].includes(url.protocol);
    const port = Number(url.port) || (secure ? 8883 : 1883);
    const socket: Socket = secure
      ? connectTls({
          host: url.hostname, port, servername: url.hostname, rejectUnauthorized: !(tls?.bool('insecureSkipVerify') ?? false), ...(tls?.text('caCertificate') ? { ca: tls.text('caCertificate') } : {}),
          ...(tls?.text('clientCertificate') ? { cert: tls.text('clientCertificate'), key: tls.text('clientKey') } : {}),
        })
      : connectTcp({ host: url.hostname, port });
    try {
      await exchange(socket, {
        clientId: settings.text('clientId', `grafana_${randomInt(1_000_000_000)}`), username: settings.text('username'), password: settings.text('password'), topic: subject, payload, qos, retain: settings.bool('retain'), signal: n.signal,
      });
    } finally {
      socket.destroy();
    }
  };
};

interface Exchange { clientId: string; username: string; password: string; topic: string; payload: string; qos: number; retain: boolean; signal: AbortSignal }

function exchange(socket: Socket, e: Exchange): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => reject(new NotifyError(`Failed to publish to MQTT broker: ${reason}`));
    socket.setTimeout(timeoutMs, () => fail('timeout'));
    e.signal.addEventListener('abort', () => fail('context deadline exceeded'), { once: true });
    socket.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'connection failed'));
    socket.once('close', () => fail('connection closed'));
    const flags = 0x02 | (e.username === '' ? 0 : 0x80) | (e.password === '' ? 0 : 0x40);
    socket.write(packet(0x10, Buffer.concat([
      text('MQTT'), Buffer.from([4, flags, 0, 30]), text(e.clientId), ...(e.username === '' ? [] : [text(e.username)]), ...(e.password === '' ? [] : [text(e.password)]),
    ])));
    let buffered = Buffer.alloc(0);
    const publish = () => {
      const id = e.qos > 0 ? Buffer.from([0, 1]) : Buffer.alloc(0);
      socket.write(packet(0x30 | (e.qos << 1) | (e.retain ? 1 : 0), Buffer.concat([text(e.topic), id, Buffer.from(e.payload)])), () => {
        if (e.qos === 0) done();
      });
    };
    const done = () => {
      socket.removeAllListeners('close');
      socket.end(packet(0xe0, Buffer.alloc(0)), () => resolve());
    };
    socket.on('data', (part: Buffer) => {
      buffered = Buffer.concat([buffered, part]);
      // Every answer that concerns us has four bytes.
      while (buffered.length >= 4) {
        const type = buffered[0]! >> 4;
        const code = buffered[3]!;
        buffered = buffered.subarray(4);
        if (type === 2) {
          if (code !== 0) return fail(`connection refused with code ${code}`);
          publish();
        } else if (type === 4 || type === 7) done();
        else if (type === 5) socket.write(packet(0x62, Buffer.from([0, 1])));
      }
    });
  });
}
