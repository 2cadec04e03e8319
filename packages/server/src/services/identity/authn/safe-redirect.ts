/** Whether one may be sent there after signing in: a plain path of ours (identity-and-access §3.5). */
export function isSafeRedirect(target: string, subUrl: string): boolean {
  if (!target.startsWith('/') || target.startsWith('//') || target.includes('\\')) return false;
  const url = URL.parse(target, 'http://here.invalid');
  if (!url || url.host !== 'here.invalid') return false;
  const path = target.split(/[?#]/, 1)[0]!;
  if (!/^\/[a-zA-Z0-9\-_./]*$/.test(path) || path.includes('//') || path.includes('..')) return false;
  if (url.hash.includes('//') || url.hash.includes('..')) return false;
  return subUrl === '' || path.startsWith(`${subUrl}/`);
}
