import type { DataQuery, DataSourceInstanceSettings, PluginContext } from './backend-plugin.ts';

/** Decoded protocol messages as the SDK's own types. Absent optional parts are tolerated (plugins §26.3). */

type Message = Readonly<Record<string, unknown>>;

const utf8 = new TextDecoder();
const text = (message: Message, key: string): string => (message[key] as string | undefined) ?? '';
const number = (message: Message, key: string): number => (message[key] as number | undefined) ?? 0;

export const mapOf = (value: unknown): Record<string, string> => Object.fromEntries((value as ReadonlyMap<string, string> | undefined) ?? []);

/** A JSON object out of bytes; empty for anything else. */
export function jsonObject(bytes: unknown): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes as Uint8Array));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

// The host sends the same configuration with every call; one object for it lets instances be found by identity.
let lastConfig: { readonly text: string; readonly config: Readonly<Record<string, string>> } | undefined;

function configOf(value: unknown): Readonly<Record<string, string>> {
  const config = mapOf(value);
  const key = JSON.stringify(config);
  if (lastConfig?.text !== key) lastConfig = { text: key, config };
  return lastConfig.config;
}

export function readContext(value: unknown): PluginContext {
  const message = (value ?? {}) as Message;
  const user = message['user'] as Message | undefined;
  const app = message['appInstanceSettings'] as Message | undefined;
  const source = message['dataSourceInstanceSettings'] as Message | undefined;
  const pluginId = text(message, 'pluginId');
  return {
    orgId: number(message, 'orgId'), pluginId, pluginVersion: text(message, 'pluginVersion'), apiVersion: text(message, 'apiVersion'), namespace: text(message, 'namespace'),
    grafanaConfig: configOf(message['grafanaConfig']), userAgent: text(message, 'userAgent'),
    ...(user && { user: { login: text(user, 'login'), name: text(user, 'name'), email: text(user, 'email'), role: text(user, 'role') } }),
    ...(app && { appInstanceSettings: { jsonData: jsonObject(app['jsonData']), decryptedSecureJsonData: mapOf(app['decryptedSecureJsonData']), updated: number(app, 'lastUpdatedMS'), apiVersion: text(app, 'apiVersion') } }),
    ...(source && { dataSourceInstanceSettings: readSource(source, pluginId) }),
  };
}

const readSource = (source: Message, type: string): DataSourceInstanceSettings => ({
  id: number(source, 'id'), uid: text(source, 'uid'), type, name: text(source, 'name'), url: text(source, 'url'), user: text(source, 'user'), database: text(source, 'database'),
  basicAuthEnabled: source['basicAuthEnabled'] === true, basicAuthUser: text(source, 'basicAuthUser'), jsonData: jsonObject(source['jsonData']),
  decryptedSecureJsonData: mapOf(source['decryptedSecureJsonData']), updated: number(source, 'lastUpdatedMS'), apiVersion: text(source, 'apiVersion'),
});

export function readQuery(message: Message): DataQuery {
  const range = (message['timeRange'] ?? {}) as Message;
  return {
    refId: text(message, 'refId'), queryType: text(message, 'queryType'), maxDataPoints: number(message, 'maxDataPoints'), intervalMs: number(message, 'intervalMS'),
    timeRange: { from: number(range, 'fromEpochMS'), to: number(range, 'toEpochMS') }, json: jsonObject(message['json']),
  };
}
