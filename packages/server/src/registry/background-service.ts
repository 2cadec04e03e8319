/** What runs as long as the server does (config-and-operations §5.3). */
export interface BackgroundService {
  readonly name: string;
  /** Resolves when `signal` aborts; an earlier rejection stops the whole process. */
  run(signal: AbortSignal): Promise<void>;
  /** Begins a moment after the server answers. */
  readonly late?: boolean;
}

/** The first answers do not wait for what this service does when it begins. */
export const onceAnswering = (service: BackgroundService): BackgroundService => ({ name: service.name, late: true, run: (signal) => service.run(signal) });
