export const root: string;
export function pinnedNode(): string;
export function ensureInstalled(options?: { readonly whole?: boolean }): void;
export function nodeEnvironment(env?: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
export function packedServer(): { readonly folder: string; readonly entry: string; readonly ready: boolean };
