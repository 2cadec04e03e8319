/**
 * A back end in a process of its own, over the hashicorp go-plugin handshake and gRPC (plugins §17): started, connected, watched and started
 * again when it ends, until it is told to stop.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Client } from '@grpc/grpc-js';
import type { BackendPlugin } from '@belvedere/plugin-sdk';
import type { Clock } from '../../infra/clock.ts';
import type { Logger } from '../../infra/log/log.ts';
import { createGrpcBackend } from './grpc-backend.ts';
import { createPluginLog } from './plugin-log.ts';
import { decodeMessage, Empty, encodeMessage, methods, StdioData } from '@belvedere/plugin-sdk/protocol';

export interface GoPluginDeps {
  readonly executable: string;
  /** Made anew for every start. */
  readonly environment: () => Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly up: (backend: BackendPlugin) => void;
  readonly down: () => void;
}

export interface GoPlugin {
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

const handshakeWithinMs = 60_000;
const restartAfterMs = 1_000;
const exitWithinMs = 2_000;
const handshakeBytesMax = 65_536;

/** Resolves when the plugin is up for the first time; rejects when it does not come up. */
export async function startGoPlugin(deps: GoPluginDeps): Promise<GoPlugin> {
  const { clock, log } = deps;
  const stopping = new AbortController();
  let running = await startOnce(deps);
  deps.up(running.backend);
  const watched = watch();

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      await running.ended;
      deps.down();
      running.client.close();
      if (stopping.signal.aborted) return;
      log.warn('Plugin process ended, starting it again');
      running = await restart();
      if (!stopping.signal.aborted) deps.up(running.backend);
    }
  }

  async function restart(): Promise<Running> {
    for (;;) {
      await clock.sleep(restartAfterMs, stopping.signal).catch(() => {});
      if (stopping.signal.aborted) return running;
      try {
        return await startOnce(deps);
      } catch (error) {
        log.error('Could not start a plugin again', { error });
      }
    }
  }

  return {
    get pid() {
      return running.child.pid;
    },
    async stop() {
      stopping.abort(new Error('stopping'));
      deps.down();
      await end(running);
      await watched;
    },
  };
}

interface Running {
  readonly child: ChildProcess;
  readonly client: Client;
  readonly backend: BackendPlugin;
  readonly ended: Promise<void>;
}

async function startOnce({ executable, environment, log }: GoPluginDeps): Promise<Running> {
  const child = spawn(executable, [], { env: { ...environment() }, stdio: ['inherit', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  killWithUs(child, ended);
  child.stderr!.on('data', createPluginLog(log));
  try {
    const target = await handshake(child);
    const client = await connect(target);
    return { child, client, backend: createGrpcBackend(client), ended };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** The first line of standard output says where the plugin listens (§17.2). What follows is read and thrown away. */
function handshake(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => done(new Error('the plugin did not say in time where it listens')), handshakeWithinMs);
    const done = (result: string | Error) => {
      clearTimeout(timer);
      child.stdout!.off('data', read);
      child.stdout!.resume();
      if (result instanceof Error) reject(result);
      else resolve(result);
    };
    const read = (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const end = text.indexOf('\n');
      if (end < 0) {
        if (text.length > handshakeBytesMax) done(new Error('the plugin does not speak the plugin protocol'));
        return;
      }
      try {
        done(parseHandshake(text.slice(0, end).trim()));
      } catch (error) {
        done(error as Error);
      }
    };
    child.stdout!.on('data', read);
    child.once('error', (cause) => done(new Error('the plugin cannot be executed', { cause })));
    child.once('exit', (code, signal) => done(new Error(`the plugin ended before it said where it listens (${signal ?? code})`)));
  });
}

/** `1|2|unix|/tmp/plugin123|grpc|` as an address for gRPC. */
export function parseHandshake(line: string): string {
  const [core, app, network, address, protocol] = line.split('|');
  if (core !== '1') throw new Error(`the plugin speaks core protocol ${core}, not 1`);
  if (app !== '2') throw new Error(`the plugin speaks protocol ${app}, not 2`);
  if (protocol !== 'grpc') throw new Error(`the plugin speaks ${protocol ?? 'net/rpc'}, not grpc`);
  if (!address) throw new Error('the plugin gives no address');
  if (network === 'unix') return `unix:${address}`;
  if (network === 'tcp') return address.startsWith(':') ? `127.0.0.1${address}` : address;
  throw new Error(`the plugin listens on ${network}`);
}

async function connect(target: string): Promise<Client> {
  const grpc = await import('@grpc/grpc-js');
  const client = new grpc.Client(target, grpc.credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1, 'grpc.default_authority': 'unused', 'grpc.enable_retries': 0,
  });
  // What the plugin prints goes through here and blocks it when nobody reads.
  const stdio = client.makeServerStreamRequest(methods.streamStdio, (m: object) => encodeMessage(Empty, m as Record<string, unknown>), (b: Buffer) => decodeMessage(StdioData, b), {});
  stdio.on('error', () => {});
  stdio.resume();
  return client;
}

async function end({ child, client, ended }: Running): Promise<void> {
  await new Promise<void>((resolve) => {
    client.makeUnaryRequest(methods.shutdown, (m: object) => encodeMessage(Empty, m as Record<string, unknown>), (b: Buffer) => decodeMessage(Empty, b), {}, { deadline: Date.now() + exitWithinMs }, () => resolve());
  });
  client.close();
  const timer = setTimeout(() => child.kill('SIGKILL'), exitWithinMs);
  await ended;
  clearTimeout(timer);
}

const children = new Set<ChildProcess>();
let hooked = false;

/** Plugins do not notice that we are gone: whatever way we leave, they go first. */
function killWithUs(child: ChildProcess, ended: Promise<void>): void {
  children.add(child);
  void ended.then(() => children.delete(child));
  if (hooked) return;
  hooked = true;
  process.on('exit', () => {
    for (const one of children) one.kill('SIGKILL');
  });
}
