/** A link above the panels: to an address, or to the dashboards with certain tags. */
import { Field, TagsInput } from '@grafana/ui';
import type { DashboardLink } from '../model.ts';
import { ChoiceField, SwitchField, TypedField } from './form.tsx';

const icons = ['external link', 'dashboard', 'question', 'info', 'bolt', 'doc', 'cloud'].map((value) => ({ value, label: value }));

export const freshLink = (): DashboardLink => ({ type: 'link', title: 'New link', url: '', icon: 'external link', tags: [], asDropdown: false, targetBlank: true, includeVars: false, keepTime: false, tooltip: '' });

export function LinkForm({ link, onChange }: { readonly link: DashboardLink; readonly onChange: (link: DashboardLink) => void }) {
  const set = (some: Partial<DashboardLink>) => onChange({ ...link, ...some });
  const isLink = link.type === 'link';
  return (
    <>
      <ChoiceField label="Leads to" options={[{ value: 'link', label: 'An address' }, { value: 'dashboards', label: 'Dashboards', description: 'All that have certain tags' }]} value={link.type} onChange={(type) => set({ type: type as DashboardLink['type'] })} />
      <TypedField label="Title" value={link.title} onChange={(title) => set({ title })} />
      {isLink ? (
        <>
          <TypedField label="Address" description="May hold variables, as ${host}" placeholder="https:// or /d/…" value={link.url ?? ''} problemOf={(url) => (/^\s*(javascript|data|vbscript):/i.test(url) ? 'Such an address is not opened' : undefined)} onChange={(url) => set({ url })} />
          <TypedField label="Tooltip" value={link.tooltip ?? ''} onChange={(tooltip) => set({ tooltip })} />
          <ChoiceField label="Icon" options={icons} value={link.icon ?? 'external link'} onChange={(icon) => set({ icon })} />
        </>
      ) : (
        <>
          <Field label="Tags" description="Dashboards that have all of them; without tags every dashboard"><TagsInput tags={[...(link.tags ?? [])]} onChange={(tags) => set({ tags })} /></Field>
          <SwitchField label="As a menu" value={link.asDropdown === true} onChange={(asDropdown) => set({ asDropdown })} />
        </>
      )}
      <SwitchField label="With the time range" value={link.keepTime === true} onChange={(keepTime) => set({ keepTime })} />
      <SwitchField label="With the variables' values" value={link.includeVars === true} onChange={(includeVars) => set({ includeVars })} />
      <SwitchField label="Open in a new tab" value={link.targetBlank === true} onChange={(targetBlank) => set({ targetBlank })} />
    </>
  );
}
