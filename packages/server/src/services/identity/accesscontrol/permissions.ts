/**
 * Permission sets in memory (identity-and-access §10.1, §10.4). A `GrantIndex` holds what one subject was granted: a basic role, a
 * team in an org, a user in an org. Identities share indexes: a viewer's permissions are the layers of Viewer, their teams and
 * themselves. A grant changes one index in place, so that nothing is recomputed for the others.
 */
import type { Permissions } from '../../../web/identity.ts';
import type { Grant } from './accesscontrol.ts';

/** Whether a granted scope covers a wanted one: equal, or a prefix where it ends in `*` behind `:` or `/`. */
export function scopeCovers(granted: string, wanted: string): boolean {
  if (granted === '') return false;
  if (granted === wanted) return true;
  const prefix = wildcardPrefix(granted);
  return prefix !== undefined && wanted.startsWith(prefix);
}

/** `folders:*` -> `folders:`; `*` -> ''; undefined when it is no well-formed wildcard. */
function wildcardPrefix(scope: string): string | undefined {
  if (!scope.endsWith('*')) return undefined;
  const prefix = scope.slice(0, -1);
  if (prefix.includes('*')) return undefined;
  if (prefix !== '' && !prefix.endsWith(':') && !prefix.endsWith('/')) return undefined;
  return prefix;
}

class ScopeSet {
  /** Scope -> how often it was granted: two roles may grant the same. */
  readonly counts = new Map<string, number>();
  #prefixes: string[] = [];

  add(scope: string): void {
    const before = this.counts.get(scope) ?? 0;
    this.counts.set(scope, before + 1);
    if (before === 0) {
      const prefix = wildcardPrefix(scope);
      if (prefix !== undefined) this.#prefixes.push(prefix);
    }
  }

  remove(scope: string): void {
    const before = this.counts.get(scope) ?? 0;
    if (before > 1) this.counts.set(scope, before - 1);
    else if (before === 1) {
      this.counts.delete(scope);
      const prefix = wildcardPrefix(scope);
      if (prefix !== undefined) this.#prefixes = this.#prefixes.filter((p) => p !== prefix);
    }
  }

  covers(wanted: string): boolean {
    if (wanted !== '' && this.counts.has(wanted)) return true;
    for (const prefix of this.#prefixes) if (wanted.startsWith(prefix)) return true;
    return false;
  }

  get empty(): boolean {
    return this.counts.size === 0;
  }
}

/** The actions that an action set stands for, and back. */
export class ActionSets {
  readonly #actionsOf = new Map<string, string[]>();
  readonly #setsWith = new Map<string, string[]>();

  define(set: string, actions: readonly string[]): void {
    const known = this.#actionsOf.get(set) ?? [];
    for (const action of actions) {
      if (known.includes(action)) continue;
      known.push(action);
      const sets = this.#setsWith.get(action);
      if (sets) sets.push(set);
      else this.#setsWith.set(action, [set]);
    }
    this.#actionsOf.set(set, known);
  }

  /** Undefined for a plain action. */
  actionsOf(set: string): readonly string[] | undefined {
    return this.#actionsOf.get(set);
  }

  setsWith(action: string): readonly string[] {
    return this.#setsWith.get(action) ?? none;
  }
}

const none: readonly string[] = [];

export class GrantIndex {
  readonly #byAction = new Map<string, ScopeSet>();
  readonly #sets: ActionSets;

  constructor(sets: ActionSets, grants: Iterable<Grant> = []) {
    this.#sets = sets;
    for (const grant of grants) this.add(grant);
  }

  add({ action, scope }: Grant): void {
    let scopes = this.#byAction.get(action);
    if (!scopes) this.#byAction.set(action, (scopes = new ScopeSet()));
    scopes.add(scope);
  }

  remove({ action, scope }: Grant): void {
    const scopes = this.#byAction.get(action);
    scopes?.remove(scope);
    if (scopes?.empty) this.#byAction.delete(action);
  }

  /** Without scopes: the action on anything. */
  has(action: string, scopes: readonly string[]): boolean {
    if (covers(this.#byAction.get(action), scopes)) return true;
    for (const set of this.#sets.setsWith(action)) if (covers(this.#byAction.get(set), scopes)) return true;
    return false;
  }

  collectScopes(action: string, into: string[]): void {
    collect(this.#byAction.get(action), into);
    for (const set of this.#sets.setsWith(action)) collect(this.#byAction.get(set), into);
  }

  /** Every action with its scopes, action sets written out. */
  collectAll(into: Map<string, string[]>): void {
    for (const [name, scopes] of this.#byAction) {
      for (const action of this.#sets.actionsOf(name) ?? [name]) {
        const list = into.get(action);
        if (list) collect(scopes, list);
        else collect(scopes, (into.set(action, []), into.get(action)!));
      }
    }
  }

  /** The actions granted on a scope (or on a wildcard that covers it). */
  collectActionsOn(scope: string, into: Record<string, true>): void {
    for (const [name, scopes] of this.#byAction) {
      if (!scopes.covers(scope)) continue;
      for (const action of this.#sets.actionsOf(name) ?? [name]) into[action] = true;
    }
  }
}

function covers(scopes: ScopeSet | undefined, wanted: readonly string[]): boolean {
  if (!scopes) return false;
  if (wanted.length === 0) return true;
  for (const scope of wanted) if (scopes.covers(scope)) return true;
  return false;
}

function collect(scopes: ScopeSet | undefined, into: string[]): void {
  if (scopes) for (const [scope, count] of scopes.counts) for (let i = 0; i < count; i++) into.push(scope);
}

/** The permissions of one identity: its layers, looked at when asked. */
export class LayeredPermissions implements Permissions {
  readonly #layers: readonly GrantIndex[];

  constructor(layers: readonly GrantIndex[]) {
    this.#layers = layers;
  }

  has(action: string, ...scopes: readonly string[]): boolean {
    for (const layer of this.#layers) if (layer.has(action, scopes)) return true;
    return false;
  }

  scopes(action: string): readonly string[] {
    const scopes: string[] = [];
    for (const layer of this.#layers) layer.collectScopes(action, scopes);
    return scopes;
  }

  all(): ReadonlyMap<string, readonly string[]> {
    const all = new Map<string, string[]>();
    for (const layer of this.#layers) layer.collectAll(all);
    return all;
  }

  actionsOn(scope: string): Record<string, true> {
    const actions: Record<string, true> = {};
    for (const layer of this.#layers) layer.collectActionsOn(scope, actions);
    return actions;
  }
}

/** Permissions reduced to some actions (delegation: a service that acts for a user may do no more than both). */
export function restrictedPermissions(permissions: Permissions, allowed: (action: string) => boolean): Permissions {
  return {
    has: (action, ...scopes) => allowed(action) && permissions.has(action, ...scopes),
    scopes: (action) => (allowed(action) ? permissions.scopes(action) : none),
    all: () => new Map([...permissions.all()].filter(([action]) => allowed(action))),
  };
}
