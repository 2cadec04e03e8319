/** Which rules the list shows, as its address says. */
import type { RuleState, StateGroup } from './rule.ts';

export interface RuleFilter {
  readonly text: string;
  readonly state: string | null;
  readonly health: string | null;
  readonly type: string | null;
  readonly label: string;
  readonly source: string | null;
  readonly receiver: string | null;
  /** Uid of a folder. */
  readonly folder: string | null;
}

export const filterOf = (search: URLSearchParams): RuleFilter => ({
  text: search.get('search') ?? '', state: search.get('state'), health: search.get('health'), type: search.get('type'), label: search.get('label') ?? '', source: search.get('dataSource'), receiver: search.get('contactPoint'), folder: search.get('folder'),
});

export const isFiltered = ({ text, state, health, type, label, source, receiver, folder }: RuleFilter): boolean => text !== '' || label !== '' || [state, health, type, source, receiver, folder].some((one) => one !== null);

const includes = (text: string, words: string) => words.toLowerCase().split(/\s+/).every((word) => text.toLowerCase().includes(word));

export function isWanted(rule: RuleState, { name, file, folderUid }: Pick<StateGroup, 'name' | 'file' | 'folderUid'>, { text, state, health, type, label, source, receiver, folder }: RuleFilter): boolean {
  return (folder === null || folderUid === folder) && includes(`${rule.name} ${name} ${file}`, text)
    // Older addresses name a health as a state.
    && (state === null || (state === 'paused' ? rule.isPaused : rule.state === state || rule.health === state))
    && (health === null || rule.health === health) && (type === null || rule.type === type)
    && (label === '' || Object.entries(rule.labels ?? {}).some(([key, value]) => `${key}=${value}`.toLowerCase().includes(label.toLowerCase())))
    && (source === null || rule.queriedDatasourceUIDs?.includes(source) === true)
    && (receiver === null || rule.notificationSettings?.receiver === receiver);
}

/** Groups with the rules that are wanted; those without any are left out. */
export const filtered = (groups: readonly StateGroup[], filter: RuleFilter): readonly StateGroup[] => groups.flatMap((group) => {
  const rules = group.rules.filter((rule) => isWanted(rule, group, filter));
  return rules.length > 0 ? [{ ...group, rules }] : [];
});
