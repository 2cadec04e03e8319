/** Instead of a form that would be refused. */
import { EmptyState, LinkButton } from '@grafana/ui';

export function Forbidden({ what, back }: { readonly what: string; readonly back: string }) {
  return <EmptyState variant="not-found" hideImage message={`You may not ${what}`} button={<LinkButton variant="secondary" href={back}>Back</LinkButton>}>An administrator of the organization can give you the permission.</EmptyState>;
}
