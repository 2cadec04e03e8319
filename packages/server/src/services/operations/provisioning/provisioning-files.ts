import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterpolation, type Environment } from './interpolation.ts';
import { ProvisioningError, type ProvisioningFile, type ProvisioningFiles } from './provisioning.ts';

/** Larger than any sensible file, small enough not to fill the memory. */
const fileBytesMax = 64 * 1024 * 1024;

export function createProvisioningFiles({ roots, env }: { readonly roots: readonly string[]; readonly env: Environment }): ProvisioningFiles {
  return {
    values: createInterpolation(env),
    async read(folder, { json = false } = {}) {
      const files: ProvisioningFile[] = [];
      for (const root of roots) {
        for (const path of await list(join(root, folder), json)) files.push({ path, content: await parseFile(path) });
      }
      return files;
    },
  };
}

async function list(folder: string, json: boolean): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT' || (cause as NodeJS.ErrnoException).code === 'ENOTDIR') return [];
    throw new ProvisioningError(folder, 'cannot be read', { cause });
  }
  const paths = names.filter((name) => /\.ya?ml$/.test(name) || (json && name.endsWith('.json'))).sort().map((name) => join(folder, name));
  const found: string[] = [];
  // A mounted Kubernetes config map is made of symbolic links, so the target is asked.
  for (const path of paths) if ((await stat(path).catch(() => undefined))?.isFile()) found.push(path);
  return found;
}

async function parseFile(path: string): Promise<Record<string, unknown>> {
  if ((await stat(path)).size > fileBytesMax) throw new ProvisioningError(path, `larger than ${fileBytesMax} bytes`);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ProvisioningError(path, 'cannot be read', { cause });
  });
  return parseProvisioning(text, path);
}

/** One document. Exported for domains that take such text from elsewhere. */
export async function parseProvisioning(text: string, path: string): Promise<Record<string, unknown>> {
  const { parseAllDocuments } = await import('yaml');
  const documents = parseAllDocuments(text, { merge: true, prettyErrors: true });
  const [document] = Array.isArray(documents) ? documents : [];
  if (!document) return {};
  const [error] = document.errors;
  if (error) throw new ProvisioningError(path, error.message.split('\n')[0]!, { cause: error });
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw new ProvisioningError(path, cause instanceof Error ? cause.message : 'not YAML', { cause });
  }
  if (content === null || content === undefined) return {};
  // Compat: the old format of dashboard providers was a bare list.
  if (Array.isArray(content)) return { '': content };
  if (typeof content !== 'object') throw new ProvisioningError(path, 'not a mapping');
  return content as Record<string, unknown>;
}
