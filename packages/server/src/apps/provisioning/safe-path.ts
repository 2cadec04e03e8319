/** Paths inside a repository, which come from anybody: forward slashes, relative, never upwards. */

const lengthMax = 1_024;
const depthMax = 16;

/** What is wrong with a path, in the words that clients get; undefined when nothing is. A directory ends with a slash. */
export function objectionToPath(path: string): string | undefined {
  if (Buffer.byteLength(path) > lengthMax) return 'path is too long';
  if (path.startsWith('/')) return 'path must be relative';
  if (path.includes('//')) return 'path contains double slashes';
  // A file system or a client may read these otherwise than we do.
  if (/[\\\p{Cc}%]/u.test(path) || !path.isWellFormed()) return 'path contains invalid characters';
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.some((part) => part === '..' || part === '.')) return 'path contains traversal attempt (./ or ../)';
  if (parts.length > depthMax) return 'path is too deep (exceeds maximum depth)';
  return undefined;
}

/** `.git`, `.github`, editors' files: nobody's dashboards. */
export const isHidden = (path: string): boolean => path.split('/').some((part) => part.startsWith('.') && part !== '.');
/** Keeps a directory that would be empty. */
export const keepFile = '.keep';
/** Whether a file or directory of that name is nobody's. */
export const isPassedOver = (name: string): boolean => name.startsWith('.') && name !== keepFile && name !== '.gitkeep';
export const isDirectory = (path: string): boolean => path === '' || path.endsWith('/');
/** `a/b/` of `a/b/c.json` and of `a/b/c/`; '' at the top. */
export function parentOf(path: string): string {
  const end = path.endsWith('/') ? path.length - 1 : path.length;
  return path.slice(0, path.lastIndexOf('/', end - 1) + 1);
}
/** Every directory above a path, outermost first. */
export function directoriesAbove(path: string): string[] {
  const found: string[] = [];
  for (let parent = parentOf(path); parent !== ''; parent = parentOf(parent)) found.unshift(parent);
  return found;
}
export const baseName = (path: string): string => path.replace(/\/$/, '').split('/').at(-1)!;
/** Files that hold an object. */
export const holdsObject = (path: string): boolean => /\.(json|ya?ml)$/i.test(path);
