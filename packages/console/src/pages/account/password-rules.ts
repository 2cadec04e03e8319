/** What a new password must be (identity-and-access §3.3), said before it is sent. */
const symbols = /[^A-Za-z0-9]/;

/** What is wrong with it in words; nothing where it will do. */
export function passwordFault(password: string, strong: boolean): string | undefined {
  if (!strong) return password.length < 4 ? 'At least 4 characters' : undefined;
  if (new TextEncoder().encode(password).length < 12) return 'At least 12 characters';
  const missing = ([[/[A-Z]/, 'an upper-case letter'], [/[a-z]/, 'a lower-case letter'], [/[0-9]/, 'a digit'], [symbols, 'a symbol']] as const).flatMap(([wanted, name]) => (wanted.test(password) ? [] : [name]));
  return missing.length === 0 ? undefined : `It also needs ${missing.join(', ')}`;
}
