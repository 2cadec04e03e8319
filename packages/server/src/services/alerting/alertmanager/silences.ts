/** Silences of one organization (alerting-notifications §4). Kept in memory and, after every change, in the key-value store. */
import { randomUUID } from 'node:crypto';
import { ApiError } from '../../../web/errors.ts';
import type { Labels } from '../rules/alert-rule.ts';
import { BadMatcher, makeMatcher, matchesAll, regexpProblem, type Matcher, type MatchOperator } from './matchers.ts';

export interface SilenceMatcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual: boolean;
}

export interface Silence {
  readonly id: string;
  readonly matchers: readonly SilenceMatcher[];
  /** Milliseconds since the epoch. */
  readonly startsAt: number;
  readonly endsAt: number;
  readonly updatedAt: number;
  readonly createdBy: string;
  readonly comment: string;
}

export type SilenceState = 'active' | 'pending' | 'expired';

export const silenceState = (s: Silence, now: number): SilenceState => (s.endsAt <= now ? 'expired' : s.startsAt > now ? 'pending' : 'active');

const operatorOf = (m: SilenceMatcher): MatchOperator => (m.isRegex ? (m.isEqual ? '=~' : '!~') : m.isEqual ? '=' : '!=');

export const compiled = (m: SilenceMatcher): Matcher => makeMatcher(m.name, operatorOf(m), m.value);

const badRequest = (reason: string) => {
  const message = `[alerting.notifications.silences.badRequest] invalid silence: ${reason}: unable to create silence`;
  return new ApiError(400, message, { messageId: 'alerting.notifications.silences.badRequest' });
};

export const silenceNotFound = (id: string) => new ApiError(404, `[alerting.notifications.silences.notFound] silence ${id} not found`, { messageId: 'alerting.notifications.silences.notFound' });

export interface SilenceLimits {
  /** 0: none. */
  readonly countMax: number;
  readonly bytesMax: number;
}

export interface SilencesDeps {
  readonly now: () => number;
  readonly limits: SilenceLimits;
  readonly save: (text: string) => Promise<void>;
}

export class Silences {
  readonly #deps: SilencesDeps;
  #all = new Map<string, Silence>();
  #compiled = new Map<string, readonly Matcher[]>();
  /** Grows with every change, for those who cache what is silenced. */
  version = 0;

  constructor(deps: SilencesDeps, stored: string | undefined) {
    this.#deps = deps;
    if (stored) for (const silence of JSON.parse(stored) as Silence[]) this.#put(silence);
  }

  #put(silence: Silence): void {
    this.#all.set(silence.id, silence);
    this.#compiled.set(silence.id, silence.matchers.map(compiled));
    this.version++;
  }

  list(): readonly Silence[] {
    return [...this.#all.values()];
  }

  get(id: string): Silence | undefined {
    return this.#all.get(id);
  }

  /** Ids of active silences that match. */
  matching(labels: Labels): string[] {
    const now = this.#deps.now();
    const ids: string[] = [];
    for (const silence of this.#all.values()) if (silenceState(silence, now) === 'active' && matchesAll(this.#compiled.get(silence.id)!, labels)) ids.push(silence.id);
    return ids.sort();
  }

  /** With an id: keeps it where that is possible, otherwise ends the old one and makes a new one. Returns the id. Throws the 400s and 404 of §4. */
  async set(given: Omit<Silence, 'updatedAt' | 'id'> & { readonly id: string }): Promise<string> {
    const now = this.#deps.now();
    if (given.startsAt >= given.endsAt) throw badRequest('start time must be before end time');
    if (given.endsAt <= now) throw badRequest("end time can't be in the past");
    const before = given.id === '' ? undefined : this.#all.get(given.id);
    if (given.id !== '' && !before) throw silenceNotFound(given.id);
    this.#check(given);
    if (before && canUpdate(before, given, now)) {
      const silence = { ...given, updatedAt: now, startsAt: silenceState(before, now) === 'active' ? before.startsAt : given.startsAt };
      this.#checkLimits(silence, 0);
      this.#put(silence);
      await this.#save();
      return silence.id;
    }
    const silence: Silence = { ...given, id: randomUUID(), startsAt: Math.max(given.startsAt, now), updatedAt: now };
    this.#checkLimits(silence, 1);
    if (before && silenceState(before, now) !== 'expired') this.#end(before, now);
    this.#put(silence);
    await this.#save();
    return silence.id;
  }

  #check(given: Pick<Silence, 'matchers'>): void {
    const upsert = (reason: string) => badRequest(`unable to upsert silence: invalid silence: ${reason}`);
    given.matchers.forEach((m, i) => {
      if (m.name === '') throw upsert(`invalid label matcher ${i}: invalid label name ""`);
      try {
        compiled(m);
      } catch (error) {
        if (error instanceof BadMatcher) throw upsert(`invalid label matcher ${i}: invalid regular expression ${JSON.stringify(m.value)}: error parsing regexp: ${regexpProblem(m.value)}: \`${m.value}\``);
        throw error;
      }
    });
    if (given.matchers.every((m) => compiled(m).matches(''))) throw upsert('at least one matcher must not match the empty string');
  }

  #checkLimits(silence: Silence, more: number): void {
    const { countMax, bytesMax } = this.#deps.limits;
    if (countMax > 0 && this.#all.size + more > countMax) throw badRequest(`unable to upsert silence: exceeded maximum number of silences: ${this.#all.size} (limit: ${countMax})`);
    const bytes = Buffer.byteLength(JSON.stringify(silence));
    if (bytesMax > 0 && bytes > bytesMax) throw badRequest(`unable to upsert silence: silence exceeded maximum size: ${bytes} bytes (limit: ${bytesMax} bytes)`);
  }

  /** Ends a silence; one that has ended already stays as it is. False when there is none. */
  async expire(id: string): Promise<boolean> {
    const silence = this.#all.get(id);
    if (!silence) return false;
    const now = this.#deps.now();
    if (silenceState(silence, now) !== 'expired') {
      this.#end(silence, now);
      await this.#save();
    }
    return true;
  }

  #end(silence: Silence, now: number): void {
    // One that never began ends before it starts.
    const startsAt = silenceState(silence, now) === 'pending' ? now : silence.startsAt;
    this.#put({ ...silence, startsAt, endsAt: now, updatedAt: now });
  }

  /** Forgets what ended long ago. */
  async collect(retentionMs: number): Promise<void> {
    const before = this.#deps.now() - retentionMs;
    const old = this.list().filter((s) => s.endsAt < before);
    if (old.length === 0) return;
    for (const { id } of old) {
      this.#all.delete(id);
      this.#compiled.delete(id);
    }
    await this.#save();
  }

  #save(): Promise<void> {
    return this.#deps.save(JSON.stringify(this.list()));
  }
}

function canUpdate(before: Silence, after: Pick<Silence, 'matchers' | 'startsAt' | 'endsAt'>, now: number): boolean {
  if (JSON.stringify(before.matchers) !== JSON.stringify(after.matchers)) return false;
  switch (silenceState(before, now)) {
    case 'active': return after.startsAt === before.startsAt && after.endsAt >= now;
    case 'pending': return after.startsAt >= now;
    default: return false;
  }
}

/** Active ones by earliest end, pending ones by earliest start, expired ones by latest end. */
export function inOrder(silences: readonly Silence[], now: number): Silence[] {
  const rank = { active: 0, pending: 1, expired: 2 };
  return [...silences].sort((a, b) => {
    const state = silenceState(a, now);
    const other = silenceState(b, now);
    if (state !== other) return rank[state] - rank[other];
    if (state === 'active') return a.endsAt - b.endsAt;
    return state === 'pending' ? a.startsAt - b.startsAt : b.endsAt - a.endsAt;
  });
}
