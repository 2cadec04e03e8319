/** What went wrong lately in this browser, for those who were not quick enough to read it. */
export interface LoggedMessage {
  readonly at: number;
  readonly severity: string;
  readonly title: string;
  readonly detail: string;
}

const key = 'belvedere.console.messages';
const keptAtMost = 50;

export function loggedMessages(): readonly LoggedMessage[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(kept) ? (kept as readonly LoggedMessage[]) : [];
  } catch {
    return [];
  }
}

export const logMessage = (message: LoggedMessage): void => localStorage.setItem(key, JSON.stringify([message, ...loggedMessages()].slice(0, keptAtMost)));

export const forgetMessages = (): void => localStorage.removeItem(key);
