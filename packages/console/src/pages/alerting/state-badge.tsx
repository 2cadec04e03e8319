/** The state of a rule or an instance, in a colour and in a word. */
import { Badge, type BadgeColor } from '@grafana/ui';

const colours: Readonly<Record<string, BadgeColor>> = { firing: 'red', alerting: 'red', active: 'red', pending: 'orange', recovering: 'orange', error: 'red', nodata: 'orange', inactive: 'green', normal: 'green', ok: 'green', suppressed: 'purple', expired: 'darkgrey' };
const words: Readonly<Record<string, string>> = { inactive: 'Normal', nodata: 'No data', ok: 'Ok' };

export function StateBadge({ state, tooltip }: { readonly state: string; readonly tooltip?: string | undefined }) {
  const key = state.toLowerCase().split(' ')[0]!;
  return <Badge color={colours[key] ?? 'darkgrey'} text={words[key] ?? state[0]!.toUpperCase() + state.slice(1)} {...(tooltip ? { tooltip } : {})} />;
}
