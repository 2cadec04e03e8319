/** Whether the console that is there is of this very source. */
export const consoleIsBuilt: () => boolean;
/** Builds it in another process at lowest priority, once however many ask. */
export function buildConsoleInBackground(): void;
export function buildConsole(options?: { readonly quiet?: boolean }): void;
