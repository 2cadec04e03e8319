/** Plugins as the server knows them (plugins §1, §3): what plugin.json says, where files come from, and how it was signed. */
import { defineErrors } from '../web/errors.ts';
import type { PluginCatalog } from './client/plugin-client.ts';

export type PluginType = 'datasource' | 'panel' | 'app';

export interface PluginLink {
  readonly name: string;
  readonly url: string;
}

export interface PluginInfo {
  readonly author: PluginLink;
  readonly description: string;
  readonly links: readonly PluginLink[] | null;
  readonly logos: { readonly small: string; readonly large: string };
  readonly build: { readonly time?: number };
  readonly screenshots: readonly { readonly name: string; readonly path: string }[] | null;
  readonly version: string;
  readonly updated: string;
  readonly keywords: readonly string[] | null;
}

export interface PluginInclude {
  readonly name: string;
  readonly path: string;
  readonly type: string;
  readonly component: string;
  readonly role: string;
  readonly action?: string;
  readonly addToNav: boolean;
  readonly defaultNav: boolean;
  readonly slug: string;
  readonly icon: string;
  readonly uid: string;
}

export interface PluginDependencies {
  readonly grafanaDependency: string;
  readonly grafanaVersion: string;
  readonly plugins: readonly { readonly id: string; readonly type: string; readonly name: string }[];
  readonly extensions: { readonly exposedComponents: readonly string[] };
}

export interface PluginExtensions {
  readonly addedLinks: readonly unknown[];
  readonly addedComponents: readonly unknown[];
  readonly exposedComponents: readonly unknown[];
  readonly extensionPoints: readonly unknown[];
  readonly addedFunctions: readonly unknown[];
}

export interface PluginRouteJson {
  readonly path: string;
  readonly method: string;
  readonly reqRole: string;
  readonly reqAction: string;
  readonly url: string;
  readonly urlParams: readonly { readonly name: string; readonly content: string }[] | null;
  readonly headers: readonly { readonly name: string; readonly content: string }[] | null;
  readonly authType: string;
  readonly tokenAuth: unknown;
  readonly jwtTokenAuth: unknown;
  readonly body: unknown;
}

export interface PluginRoleJson {
  readonly role: { readonly name: string; readonly description: string; readonly permissions: readonly { readonly action: string; readonly scope: string }[] };
  readonly grants: readonly string[];
}

/** plugin.json as every answer shows it: unknown members gone, absent ones at their defaults (§3). */
export interface PluginJson {
  readonly id: string;
  readonly type: PluginType;
  readonly name: string;
  readonly aliasIDs?: readonly string[];
  readonly info: PluginInfo;
  readonly dependencies: PluginDependencies;
  readonly includes: readonly PluginInclude[] | null;
  readonly state?: string;
  readonly category: string;
  readonly hideFromList?: boolean;
  readonly preload: boolean;
  readonly backend: boolean;
  readonly executable?: string;
  readonly routes: readonly PluginRouteJson[] | null;
  readonly roles?: readonly PluginRoleJson[];
  readonly actionSets?: readonly { readonly action: string; readonly actions: readonly string[] }[];
  readonly skipDataQuery: boolean;
  readonly suggestions?: boolean;
  readonly autoEnabled: boolean;
  readonly extensions: PluginExtensions;
  readonly annotations: boolean;
  readonly metrics: boolean;
  readonly alerting: boolean;
  readonly explore: boolean;
  readonly tables: boolean;
  readonly logs: boolean;
  readonly tracing: boolean;
  readonly streaming: boolean;
  readonly queryOptions?: Readonly<Record<string, boolean>>;
  readonly builtIn?: boolean;
  readonly mixed?: boolean;
  readonly sdk?: boolean;
  readonly multiValueFilterOperators?: boolean;
  readonly languages?: readonly string[];
  readonly buildMode?: string;
}

export type SignatureStatus = 'internal' | 'valid' | 'invalid' | 'modified' | 'unsigned';

export interface PluginSignature {
  readonly status: SignatureStatus;
  readonly type: string;
  readonly org: string;
}

/** The files of one plugin, by path relative to its folder with forward slashes. */
export interface PluginFiles {
  /** Undefined: there is no such file, or it may not be seen. */
  read(path: string): Promise<PluginFile | undefined>;
  list(): readonly string[];
}

export interface PluginFile {
  readonly bytes: Buffer;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  /** Where the name would say something else: a logo drawn under the name of a photograph. */
  readonly contentType?: string;
}

export interface Plugin {
  readonly id: string;
  readonly json: PluginJson;
  readonly pluginClass: 'core' | 'external';
  readonly signature: PluginSignature;
  /** Absolute; '' for plugins that are described in the server itself. */
  readonly folder: string;
  readonly files: PluginFiles;
  readonly baseUrl: string;
  readonly module: string;
  readonly loadingStrategy: 'script' | 'fetch';
  readonly translations?: Readonly<Record<string, string>>;
  /** Without sub-path; '' for none. */
  readonly defaultNavUrl: string;
  /** The app that this plugin came nested in. */
  readonly includedInAppId: string;
  readonly parentId: string;
}

/** Why a plugin is not there (§2.5). */
export interface PluginLoadError {
  readonly pluginId: string;
  readonly errorCode: string;
  readonly status?: SignatureStatus;
}

export interface PluginStore extends PluginCatalog {
  /** Sorted by id. */
  list(): readonly Plugin[];
  get(idOrAlias: string): Plugin | undefined;
  errors(): readonly PluginLoadError[];
  /** Called whenever a plugin comes or goes. Returns the unsubscriber. */
  onChange(listener: () => void): () => void;
}

const loadErrorTexts: Readonly<Record<string, string>> = {
  signatureInvalid: 'Invalid plugin signature', signatureModified: 'Plugin signature does not match', signatureMissing: 'Plugin signature is missing',
  failedBackendStart: 'Plugin failed to start', angular: 'Angular plugins are not supported',
};
export const loadErrorText = (code: string) => loadErrorTexts[code] ?? 'Plugin failed to load';

export const pluginApiErrors = defineErrors('plugins', {
  notFound: [404, 'Plugin not found'],
  notInstalled: [404, 'Plugin not installed'],
  notFoundWithId: [404, 'Plugin not found, no installed plugin with that id'],
  settingNotFound: [404, 'Plugin setting not found'],
  notEnabled: [404, 'Plugin is not enabled'],
  accessDenied: [403, 'Access Denied'],
  autoEnabled: [400, 'Cannot disable auto-enabled plugin'],
  fileNotFound: [404, 'Plugin file not found'],
  markdownName: [400, 'Could not get markdown file'],
  coreInstall: [403, 'Cannot install or change a Core plugin'],
  coreUninstall: [403, 'Cannot uninstall a Core plugin'],
});
