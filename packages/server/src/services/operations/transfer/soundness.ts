/**
 * What a source tells is anybody's: what could not be read, listed or served here, or would grant more than rights on content, is not taken
 * over. Pure.
 */
import type { StoredResource } from '../../../storage/resource-store.ts';
import { isObject } from '../../../util/json-value.ts';
import { actionSetOf, dashboardLevels, folderLevels } from '../../identity/accesscontrol/action-sets.ts';
import type { ContentTable } from './content-tables.ts';
import { builtInRoles } from './people.ts';
import type { GrantRecord } from './transfer.ts';

/** The last millisecond that a date can name. */
const numberMax = 8.64e15;

type Shape = 'object' | 'array' | 'any';

/** Columns whose JSON is of one shape; all others hold any JSON, or nothing. */
const shapes: Readonly<Record<string, Shape>> = { tags: 'array', model: 'object', config: 'object', dashboard: 'object' };

const hasShape = (json: string, shape: Shape): boolean => {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return false;
  }
  return shape === 'any' || (shape === 'array' ? Array.isArray(value) && value.every((item) => typeof item === 'string') : isObject(value));
};

const isList = (json: string): boolean => {
  try {
    return Array.isArray(JSON.parse(json));
  } catch {
    return false;
  }
};

const isCount = (value: number) => Number.isSafeInteger(value) && Math.abs(value) <= numberMax;

export function isSoundObject(object: StoredResource): boolean {
  return /^[a-zA-Z0-9:_.-]{1,253}$/.test(object.name) && /^[a-z0-9.-]{1,253}$/.test(object.group) && /^[a-z0-9.-]{1,253}$/.test(object.resource) && /^v[a-z0-9]{1,62}$/.test(object.apiVersion) &&
    [object.generation, object.legacyId, object.created, object.updated, object.deletionTimestamp].every(isCount) && object.created >= 0 && object.updated >= 0 &&
    hasShape(object.spec, 'object') && (object.status === '' || hasShape(object.status, 'object')) &&
    [object.managedFields, object.ownerReferences].every((list) => list === '' || isList(list));
}

/** `row` with the ids of this database. */
export function isSoundRow({ columns }: ContentTable, row: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(columns).every(([name, type]) => {
    const value = row[name];
    if (type === 'number') return isCount(Math.trunc(Number(value)));
    if (type !== 'json' || value === null) return true;
    const shape = shapes[name];
    return typeof value === 'string' && (shape === undefined ? value === '' || hasShape(value, 'any') : hasShape(value, shape));
  });
}

/** Rights on single dashboards and folders, and what they are stored as. A right on anything else, written beside such a scope, would hold wherever no scope is asked for. */
const contentActions: ReadonlySet<string> = new Set([
  ...dashboardLevels.flatMap(({ name, actions }) => [actionSetOf('dashboards', name), ...actions]), ...folderLevels.flatMap(({ name, actions }) => [actionSetOf('folders', name), ...actions]),
  'folders:create',
]);

/** The grant with what may be granted on content; undefined when nothing of it may. */
export function soundGrant(grant: GrantRecord): GrantRecord | undefined {
  if (grant.assignee.kind === 'builtin' && !builtInRoles.includes(grant.assignee.role)) return undefined;
  const actions = grant.actions.filter((action) => contentActions.has(action));
  return actions.length > 0 ? { ...grant, actions } : undefined;
}
