/**
 * How processes that share a database learn that users, members or grants changed: one row that grows with every change. What this
 * process changes itself it knows at once; what others change it sees within a second.
 */
import type { Clock } from '../../infra/clock.ts';
import type { Database } from '../../infra/db/database.ts';

const checkEveryMs = 1000;

/** For the columns of a statement of one's own: what a request must read anyway brings the epoch along. */
export const epochColumn = '(select value from identity_epoch where id = 1) as epoch_value';

export interface IdentityEpoch {
  /** Runs `work` in a transaction that also moves the epoch; one change at a time, over all processes. Afterwards `local` listeners have been told, unless `quiet`. */
  change<T>(work: (tx: Database) => Promise<T>, options?: { readonly quiet?: boolean }): Promise<T>;
  /** Called on every request: asks the database at most once a second. */
  check(): Promise<void> | undefined;
  /** A value that came along with something else that was read (`epochColumn`): as good as asking for it. */
  observe(value: number): void;
  /** Somebody else (or, without `quiet`, somebody here) changed something: forget what you remember. */
  onChange(listener: () => void): void;
}

export function createIdentityEpoch({ db, clock }: { db: Database; clock: Clock }): IdentityEpoch {
  const read = db.prepare<{ value: number }>('select value from identity_epoch where id = 1');
  const listeners: (() => void)[] = [];
  let known = -1;
  let checkedAt = Number.NEGATIVE_INFINITY;
  let checking: Promise<void> | undefined;

  const tell = () => {
    for (const listener of listeners) listener();
  };

  async function look(): Promise<void> {
    const now = clock.now();
    observe(Number((await read.first())?.value ?? 0), now);
  }

  function observe(value: number, at = clock.now()): void {
    checkedAt = at;
    if (value > known) {
      const first = known < 0;
      known = value;
      if (!first) tell();
    }
  }

  return {
    onChange: (listener) => void listeners.push(listener),
    observe: (value) => observe(value),
    check() {
      if (clock.now() - checkedAt < checkEveryMs) return undefined;
      checking ??= look().finally(() => {
        checking = undefined;
      });
      return checking;
    },
    async change(work, { quiet = false } = {}) {
      const { result, value } = await db.transaction(async (tx) => {
        // First of all: whoever changes something waits for whoever is about to, in whichever process, and reads what the other left.
        // Every new dashboard comes by here: the statements are text already.
        await tx.prepare('update identity_epoch set value = value + 1 where id = 1').run();
        const row = await tx.prepare<{ value: number }>('select value from identity_epoch where id = 1').first();
        return { result: await work(tx), value: Number(row!.value) };
      });
      // Not the next number: somebody else changed something in between.
      const foreign = known >= 0 && value !== known + 1;
      if (value > known) known = value;
      if (foreign || !quiet) tell();
      return result;
    },
  };
}
