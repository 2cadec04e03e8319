import { Combobox } from '@grafana/ui';
import { api, useLoaded } from '../api/client.ts';

interface Hit {
  readonly uid: string;
  readonly title: string;
  readonly folderTitle?: string;
}

/** Chooses a folder that things may be put into; the empty uid is the top level. */
export function FolderPicker({ value, onChange, except, id }: { readonly value: string; readonly onChange: (uid: string) => void; readonly except?: readonly string[]; readonly id?: string }) {
  const folders = useLoaded(() => api.get<Hit[]>('/api/search', { type: 'dash-folder', limit: 1000, permission: 'Edit' }), '');
  const options = [{ value: '', label: 'Dashboards', description: 'The top level' }, ...(folders.value ?? []).filter(({ uid }) => !except?.includes(uid)).map(({ uid, title, folderTitle }) => ({ value: uid, label: folderTitle ? `${folderTitle} / ${title}` : title }))];
  return <Combobox {...(id ? { id } : {})} aria-label="Folder" options={options} value={value} loading={folders.loading} onChange={(chosen) => onChange(chosen.value)} />;
}
