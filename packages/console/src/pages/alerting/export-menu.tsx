/** Files to provision the same things elsewhere (alerting-rules §9). */
import { Button, Dropdown, Menu } from '@grafana/ui';
import { mayAny, subPath } from '../../host/boot-data.ts';

const formats = [['yaml', 'YAML'], ['json', 'JSON'], ['hcl', 'HCL, for Terraform']] as const;

/** What notifications consist of is exported by those who may provision. */
export const mayExport = () => mayAny('alert.provisioning:read', 'alert.notifications.provisioning:read', 'alert.provisioning.secrets:read');

export function ExportMenu({ what, url, params = {} }: { readonly what: string; readonly url: string; readonly params?: Readonly<Record<string, string>> }) {
  const address = (format: string) => `${subPath()}${url}?${new URLSearchParams({ ...params, format, download: 'true' })}`;
  const menu = <Menu>{formats.map(([format, name]) => <Menu.Item key={format} label={name} url={address(format)} target="_blank" />)}</Menu>;
  return <Dropdown overlay={menu} placement="bottom-end"><Button variant="secondary" icon="download-alt" aria-label={`Export ${what}`}>Export</Button></Dropdown>;
}
