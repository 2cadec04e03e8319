/** Text of a machine, which may be long: it scrolls, and so can be reached by keyboard. */
export function CodeBlock({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    <section aria-label={label}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0} style={{ maxHeight: 400, overflow: 'auto', fontFamily: 'monospace' }}>{text}</pre>
    </section>
  );
}
