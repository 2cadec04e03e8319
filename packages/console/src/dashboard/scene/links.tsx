/** Links of a dashboard (a row of them) and of a panel (in its title). */
import { textUtil } from '@grafana/data';
import { config, locationService } from '@grafana/runtime';
import { sceneGraph, SceneObjectBase, VariableDependencyConfig, type SceneComponentProps, type SceneObject, type SceneObjectState } from '@grafana/scenes';
import { Button, Dropdown, IconButton, LinkButton, Menu, type IconName } from '@grafana/ui';
import { useState } from 'react';
import { api, useLoaded } from '../../api/client.ts';
import type { DashboardLink, PanelLink } from '../model.ts';

const icons: Readonly<Record<string, IconName>> = { 'external link': 'external-link-alt', dashboard: 'apps', question: 'question-circle', info: 'info-circle', bolt: 'bolt', doc: 'file-alt', cloud: 'cloud' };

/** An address with the dashboard's range and variables where it asks for them; nothing that a page must not open. */
function target(url: string, scene: SceneObject, link: { readonly keepTime?: boolean; readonly includeVars?: boolean }): string {
  const now = new URLSearchParams(locationService.getLocation().search);
  const kept = new URLSearchParams();
  for (const [key, value] of now) if ((link.includeVars && key.startsWith('var-')) || (link.keepTime && ['from', 'to', 'timezone'].includes(key))) kept.append(key, value);
  if (link.keepTime && !kept.has('from')) {
    const { from, to } = sceneGraph.getTimeRange(scene).state;
    kept.set('from', from);
    kept.set('to', to);
  }
  const text = kept.toString();
  const filled = sceneGraph.interpolate(scene, url);
  return textUtil.sanitizeUrl(text === '' ? filled : `${filled}${filled.includes('?') ? '&' : '?'}${text}`);
}

interface DashboardLinksState extends SceneObjectState {
  links: readonly DashboardLink[];
  uid?: string;
}

export class DashboardLinks extends SceneObjectBase<DashboardLinksState> {
  static Component = DashboardLinksRow;

  protected override _variableDependency: VariableDependencyConfig<DashboardLinksState> = new VariableDependencyConfig<DashboardLinksState>(this, { statePaths: ['links'], onAnyVariableChanged: () => this.forceRender() });
}

function DashboardLinksRow({ model }: SceneComponentProps<DashboardLinks>) {
  const { links, uid } = model.useState();
  // The range and the variables are part of the targets.
  sceneGraph.getTimeRange(model).useState();
  return <>{links.map((link, index) => <OneLink key={[link.title, index].join()} link={link} scene={model} uid={uid} />)}</>;
}

function OneLink({ link, scene, uid }: { readonly link: DashboardLink; readonly scene: SceneObject; readonly uid: string | undefined }) {
  const [open, setOpen] = useState(false);
  const tags = link.tags ?? [];
  const found = useLoaded(
    async () => (link.type === 'dashboards' && (!link.asDropdown || open) ? (await api.get<{ uid: string; title: string; url: string }[]>('/api/search', { tag: tags, type: 'dash-db', limit: 100 })).filter((hit) => hit.uid !== uid) : []),
    JSON.stringify([link.type, tags, !link.asDropdown || open]),
  );
  const opens = link.targetBlank ? { target: '_blank', rel: 'noopener noreferrer' } : {};
  const title = sceneGraph.interpolate(scene, link.title);
  if (link.type === 'link') {
    return <LinkButton size="sm" variant="secondary" fill="outline" icon={icons[link.icon ?? ''] ?? 'link'} href={target(link.url ?? '', scene, link)} tooltip={link.tooltip ? sceneGraph.interpolate(scene, link.tooltip) : ''} {...opens}>{title}</LinkButton>;
  }
  const hits = found.value ?? [];
  if (!link.asDropdown) return <>{hits.map((hit) => <LinkButton key={hit.uid} size="sm" variant="secondary" fill="outline" icon="apps" href={target(hit.url, scene, link)} {...opens}>{hit.title}</LinkButton>)}</>;
  const menu = <Menu>{hits.length === 0 ? <Menu.Item label={found.loading ? 'Loading' : 'No dashboards have these tags'} disabled /> : hits.map((hit) => <Menu.Item key={hit.uid} label={hit.title} url={target(hit.url, scene, link)} {...(link.targetBlank ? { target: '_blank' as const } : {})} />)}</Menu>;
  return <Dropdown overlay={menu} onVisibleChange={setOpen}><Button size="sm" variant="secondary" fill="outline" icon="bars">{title || 'Dashboards'}</Button></Dropdown>;
}

interface PanelLinksState extends SceneObjectState {
  links: readonly PanelLink[];
}

export class PanelLinks extends SceneObjectBase<PanelLinksState> {
  static Component = PanelLinksButton;
}

function PanelLinksButton({ model }: SceneComponentProps<PanelLinks>) {
  const { links } = model.useState();
  const menu = () => <Menu>{links.map(({ title, url, targetBlank }, index) => <Menu.Item key={[title, index].join()} label={sceneGraph.interpolate(model, title) || url} url={hrefOf(url, model)} {...(targetBlank ? { target: '_blank' as const } : {})} />)}</Menu>;
  const [first] = links;
  if (!first) return null;
  if (links.length === 1) {
    const title = sceneGraph.interpolate(model, first.title) || first.url;
    return <LinkButton size="sm" variant="secondary" fill="text" icon="external-link-alt" aria-label={title} tooltip={title} href={hrefOf(first.url, model)} {...(first.targetBlank ? { target: '_blank' } : {})} />;
  }
  return <Dropdown overlay={menu}><IconButton name="external-link-alt" aria-label="Links of this panel" tooltip="Links" /></Dropdown>;
}

function hrefOf(url: string, scene: SceneObject): string {
  const filled = textUtil.sanitizeUrl(sceneGraph.interpolate(scene, url));
  return filled.startsWith('/') && config.appSubUrl && !filled.startsWith(config.appSubUrl) ? `${config.appSubUrl}${filled}` : filled;
}
