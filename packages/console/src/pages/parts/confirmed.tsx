/** A button whose act is asked about once more. */
import { Button, ConfirmModal, IconButton, type ButtonVariant, type IconName } from '@grafana/ui';
import { useState, type ReactNode } from 'react';

export interface ConfirmedProps {
  readonly label: string;
  /** What it does and to what: the question's title and text. */
  readonly title: string;
  readonly body: ReactNode;
  readonly onConfirm: () => Promise<unknown>;
  readonly confirmText?: string;
  readonly icon?: IconName;
  /** Only the icon; the label is its accessible name. */
  readonly iconOnly?: boolean;
  readonly variant?: ButtonVariant;
  readonly size?: 'sm' | 'md';
  readonly disabled?: boolean;
  /** Why it is disabled. */
  readonly tooltip?: string | undefined;
}

export function Confirmed({ label, title, body, onConfirm, confirmText = label, icon, iconOnly, variant = 'destructive', size = 'md', disabled = false, tooltip }: ConfirmedProps) {
  const [asked, setAsked] = useState(false);
  const open = () => setAsked(true);
  return (
    <>
      {iconOnly ? <IconButton name={icon ?? 'trash-alt'} aria-label={label} tooltip={tooltip ?? label} disabled={disabled} onClick={open} />
        : <Button variant={variant} size={size} disabled={disabled} onClick={open} {...(icon ? { icon } : {})} {...(tooltip ? { tooltip } : {})}>{label}</Button>}
      {asked && (
        <ConfirmModal isOpen title={title} body={body} confirmText={confirmText} confirmVariant={variant === 'secondary' || variant === 'primary' ? 'primary' : 'destructive'} onDismiss={() => setAsked(false)} onConfirm={async () => {
          await onConfirm();
          setAsked(false);
        }} />
      )}
    </>
  );
}
