/** What runs as long as the server does (config-and-operations §5.3). */
export interface BackgroundService {
  readonly name: string;
  /** Resolves when `signal` aborts; an earlier rejection stops the whole process. */
  run(signal: AbortSignal): Promise<void>;
}
