/** What a job did, as its status shows it. Values in, values out. */
import type { JobStatus } from './git-sync.ts';

export type Effect = 'create' | 'update' | 'delete' | 'write' | 'noop';

interface Summary {
  readonly group: string;
  readonly kind: string;
  total: number;
  readonly effects: Map<Effect, number>;
  readonly errors: string[];
  failed: number;
}

export interface About {
  readonly group: string;
  readonly kind: string;
}

/** More of them nobody reads. */
const messagesMax = 20;

export class JobReport {
  readonly #summaries = new Map<string, Summary>();
  readonly #errors: string[] = [];
  readonly #warnings: string[] = [];
  #failed = 0;
  #warned = 0;
  #done = 0;
  #expected = 0;
  url: object | undefined;

  #of({ group, kind }: About): Summary {
    let summary = this.#summaries.get(`${group}/${kind}`);
    if (!summary) this.#summaries.set(`${group}/${kind}`, (summary = { group, kind, total: 0, effects: new Map(), errors: [], failed: 0 }));
    return summary;
  }

  expect(steps: number): void {
    this.#expected += steps;
  }

  did(about: About, effect: Effect): void {
    const summary = this.#of(about);
    summary.total++;
    summary.effects.set(effect, (summary.effects.get(effect) ?? 0) + 1);
    this.#done++;
  }

  failed(about: About | undefined, message: string): void {
    this.#failed++;
    this.#done++;
    if (this.#errors.length < messagesMax) this.#errors.push(message);
    if (!about) return;
    const summary = this.#of(about);
    summary.total++;
    summary.failed++;
    if (summary.errors.length < messagesMax) summary.errors.push(message);
  }

  warn(message: string): void {
    this.#warned++;
    if (this.#warnings.length < messagesMax) this.#warnings.push(message);
  }

  get hasFailed(): boolean {
    return this.#failed > 0;
  }

  /** While the work goes on. */
  progress(started: number, message: string): JobStatus {
    return { state: 'working', started, message, ...(this.#expected > 0 ? { progress: Math.min(100, Math.round((100 * this.#done) / this.#expected)) } : {}), ...this.#told() };
  }

  end(started: number, finished: number): JobStatus {
    const state = this.#failed > 0 ? 'error' : this.#warned > 0 ? 'warning' : 'success';
    const message = { error: 'completed with errors', warning: 'completed with warnings', success: 'completed successfully' }[state];
    return { state, started, finished, message, progress: 100, ...this.#told(), ...(this.url ? { url: this.url } : {}) };
  }

  #told(): Pick<JobStatus, 'errors' | 'warnings' | 'summary'> {
    const summary = [...this.#summaries.values()].map(({ group, kind, total, effects, errors, failed }) => ({
      group, kind, total, ...Object.fromEntries(effects), ...(failed > 0 ? { error: failed, errors } : {}),
    }));
    return { ...(this.#errors.length > 0 ? { errors: [...this.#errors] } : {}), ...(this.#warnings.length > 0 ? { warnings: [...this.#warnings] } : {}), ...(summary.length > 0 ? { summary } : {}) };
  }
}
