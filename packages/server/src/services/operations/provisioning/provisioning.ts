/**
 * Provisioning: what files describe is made at start and on request (config-and-operations §5.1, §10). This part finds, parses and
 * orders; each domain brings a `Provisioner` that knows its own files.
 */
import { defineErrors } from '../../../web/errors.ts';
import type { Interpolation } from './interpolation.ts';

/** In the order in which they run. Names are those of the reload routes and of the scopes `provisioners:<name>`. */
export const provisionerNames = ['datasources', 'plugins', 'alerting', 'dashboards', 'access-control'] as const;
export type ProvisionerName = (typeof provisionerNames)[number];

export interface ProvisioningFile {
  readonly path: string;
  /** The parsed document; `{}` for an empty one. Strings are as written: interpolate what the domain's chapter says. */
  readonly content: Readonly<Record<string, unknown>>;
}

export interface ProvisioningFiles {
  /** The YAML (and JSON, which is YAML) files directly in `<provisioning>/<folder>`, by name. A missing folder has none. Throws a ProvisioningError. */
  read(folder: ProvisionerName, options?: { readonly json?: boolean }): Promise<readonly ProvisioningFile[]>;
  readonly values: Interpolation;
}

export interface Provisioner {
  readonly name: ProvisionerName;
  /** Reads the files again and applies them. An error aborts the start, or the reload. */
  provision(): Promise<void>;
  /** At the start in its place, where some of it may wait until the server answers. */
  begin?(): Promise<void>;
}

export interface ProvisioningService {
  register(provisioner: Provisioner): void;
  /** All of them at the start, in order. The first error ends it. */
  run(): Promise<void>;
  reload(name: ProvisionerName): Promise<void>;
}

/** A file that cannot be used: names the file. */
export class ProvisioningError extends Error {
  constructor(path: string, reason: string, options?: { cause?: unknown }) {
    super(`${path}: ${reason}`, options);
    this.name = 'ProvisioningError';
  }
}

export const provisioningErrors = defineErrors('provisioning', {
  // Compat: no detail; the log has it.
  reloadFailed: [500, 'Internal Server Error'],
  pluginsReloadFailed: [500, 'Failed to reload plugins config'],
});
