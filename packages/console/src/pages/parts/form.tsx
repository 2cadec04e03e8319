/** A form: what it sends, whether it is under way, and a word to keep in mind before leaving. */
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, FieldSet, useStyles2 } from '@grafana/ui';
import { useState, type ReactNode } from 'react';

export interface FormProps {
  readonly onSubmit: () => Promise<unknown>;
  readonly submit: string;
  readonly children: ReactNode;
  readonly legend?: string;
  readonly disabled?: boolean;
  /** Beside the button that sends it. */
  readonly more?: ReactNode;
  readonly wide?: boolean;
}

export function Form({ onSubmit, submit, children, legend, disabled = false, more, wide }: FormProps) {
  const styles = useStyles2(stylesOf);
  const [busy, setBusy] = useState(false);
  return (
    <form className={wide ? styles.wide : styles.form} onSubmit={async (event) => {
      event.preventDefault();
      event.stopPropagation();
      if (busy) return;
      setBusy(true);
      try {
        await onSubmit();
      } finally {
        setBusy(false);
      }
    }}>
      {legend === undefined ? children : <FieldSet label={legend}>{children}</FieldSet>}
      <div className={styles.buttons}>
        <Button type="submit" disabled={disabled || busy} icon={busy ? 'spinner' : undefined}>{submit}</Button>
        {more}
      </div>
    </form>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  form: css({ maxWidth: 640 }),
  wide: css({}),
  buttons: css({ display: 'flex', gap: theme.spacing(1), flexWrap: 'wrap', marginTop: theme.spacing(1) }),
});
