/** Lists of a dashboard's settings: variables, annotations, links. Each entry has fields for what is common and JSON for the rest. */
import { Alert, Button, Combobox, Field, IconButton, Input, Stack, Switch, TextArea } from '@grafana/ui';
import { useState } from 'react';

type Entry = Readonly<Record<string, unknown>>;
type Kind = 'variable' | 'annotation' | 'link';

const fresh: Readonly<Record<Kind, Entry>> = {
  variable: { type: 'custom', name: 'variable', label: '', query: 'a,b,c', multi: false, includeAll: false, current: {}, options: [], hide: 0 },
  annotation: { name: 'New annotation', enable: true, hide: false, iconColor: 'red', datasource: { type: 'grafana', uid: '-- Grafana --' }, target: { type: 'tags', tags: [], limit: 100, matchAny: false } },
  link: { type: 'link', title: 'New link', url: '', icon: 'external link', tags: [], asDropdown: false, targetBlank: true, includeVars: false, keepTime: false, tooltip: '' },
};

const nameOf = (entry: Entry) => String(entry['name'] ?? entry['title'] ?? '');
const types: Readonly<Record<Kind, readonly string[]>> = { variable: ['query', 'custom', 'interval', 'datasource', 'textbox', 'constant', 'adhoc', 'groupby', 'switch'], annotation: [], link: ['link', 'dashboards'] };
const texts: Readonly<Record<Kind, readonly string[]>> = { variable: ['name', 'label', 'description', 'query', 'regex'], annotation: ['name', 'iconColor'], link: ['title', 'url', 'tooltip'] };
const flags: Readonly<Record<Kind, readonly (readonly [string, string])[]>> = {
  variable: [['multi', 'Several values'], ['includeAll', 'An option for all']], annotation: [['enable', 'Enabled'], ['hide', 'Hide the switch']],
  link: [['asDropdown', 'As a menu'], ['targetBlank', 'Open in a new tab'], ['keepTime', 'With the time range'], ['includeVars', 'With the variables']],
};

export function ListEditor({ kind, list, onChange }: { readonly kind: Kind; readonly list: readonly Entry[]; readonly onChange: (list: readonly Entry[]) => void }) {
  const [open, setOpen] = useState<number>();
  const put = (index: number, entry: Entry) => onChange(list.map((one, at) => (at === index ? entry : one)));
  const move = (index: number) => {
    const next = [...list];
    const [entry] = next.splice(index, 1);
    next.splice(index - 1, 0, entry!);
    onChange(next);
  };
  return (
    <Stack direction="column" gap={1}>
      {list.length === 0 && <p>There is no {kind} yet.</p>}
      {list.map((entry, index) => (
        <div key={[kind, index].join()}>
          <Stack justifyContent="space-between" alignItems="center">
            <Button fill="text" onClick={() => setOpen(open === index ? undefined : index)} aria-expanded={open === index}>{nameOf(entry) || 'Untitled'} {entry['type'] ? `(${String(entry['type'])})` : ''}</Button>
            <Stack gap={0.5}>{index > 0 && <IconButton name="arrow-up" aria-label="Move up" onClick={() => move(index)} />}<IconButton name="copy" aria-label="Duplicate" onClick={() => onChange([...list, { ...entry, ...(kind === 'link' ? {} : { name: `${nameOf(entry)}_copy` }) }])} /><IconButton name="trash-alt" aria-label={`Remove ${nameOf(entry)}`} onClick={() => onChange(list.filter((_, at) => at !== index))} /></Stack>
          </Stack>
          {open === index && <EntryForm kind={kind} entry={entry} onChange={(next) => put(index, next)} />}
        </div>
      ))}
      <div><Button icon="plus" variant="secondary" onClick={() => { onChange([...list, { ...fresh[kind], ...(kind === 'variable' ? { name: `variable${list.length + 1}` } : {}) }]); setOpen(list.length); }}>Add {kind}</Button></div>
    </Stack>
  );
}

function EntryForm({ kind, entry, onChange }: { readonly kind: Kind; readonly entry: Entry; readonly onChange: (entry: Entry) => void }) {
  const [draft, setDraft] = useState(entry);
  const [json, setJson] = useState(() => JSON.stringify(entry, null, 2));
  const [problem, setProblem] = useState<string>();
  const set = (next: Entry) => {
    setDraft(next);
    setJson(JSON.stringify(next, null, 2));
  };
  const apply = () => {
    try {
      const parsed = JSON.parse(json) as Entry;
      if (kind === 'variable' && !/^\w+$/.test(String(parsed['name']))) throw new Error('A name has letters, digits and underscores only');
      onChange(parsed);
    } catch (error) {
      setProblem(String(error));
    }
  };
  return (
    <div style={{ padding: '8px 16px 16px' }}>
      {problem && <Alert severity="error" title="This cannot be used">{problem}</Alert>}
      {types[kind].length > 0 && <Field label="Type"><Combobox options={types[kind].map((value) => ({ value }))} value={String(draft['type'] ?? '')} onChange={({ value }) => set({ ...draft, type: value })} /></Field>}
      {texts[kind].filter((key) => draft[key] === undefined || typeof draft[key] === 'string').map((key) => <Field key={key} label={key[0]!.toUpperCase() + key.slice(1)}><Input value={String(draft[key] ?? '')} onChange={(event) => set({ ...draft, [key]: event.currentTarget.value })} /></Field>)}
      {flags[kind].map(([key, label]) => <Field key={key} label={label}><Switch value={draft[key] === true} onChange={(event) => set({ ...draft, [key]: event.currentTarget.checked })} /></Field>)}
      <Field label="As JSON" description="Everything, also what has no field above"><TextArea rows={10} value={json} style={{ fontFamily: 'monospace' }} onChange={(event) => setJson(event.currentTarget.value)} /></Field>
      <Button onClick={apply}>Apply</Button>
    </div>
  );
}
