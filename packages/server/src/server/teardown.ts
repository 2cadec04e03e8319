import type { Logger } from '../infra/log/log.ts';

/** The steps that undo a start, run backwards. A start that fails half-way takes the same road. */
export class Teardown {
  readonly #steps: { name: string; run: () => Promise<void> | void }[] = [];
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  add(name: string, run: () => Promise<void> | void): void {
    this.#steps.push({ name, run });
  }

  /** Each step gets `stepMsMax`; one that fails or hangs is named and does not keep the others. */
  async run(stepMsMax = 5_000): Promise<void> {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      const { name, run } = step;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`took longer than ${stepMsMax} ms`)), stepMsMax);
      });
      try {
        await Promise.race([Promise.resolve(run()), late]);
      } catch (error) {
        this.#log.error('Stopping a part failed', { part: name, error });
      } finally {
        clearTimeout(timer);
      }
    }
  }
}
