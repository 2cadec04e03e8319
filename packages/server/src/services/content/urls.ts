/** Where browsers find dashboards and folders. */
import { slugify } from '../../util/slug.ts';

export const folderUrl = (subPath: string, uid: string, title: string) => `${subPath}/dashboards/f/${uid}/${slugify(title)}`;
export const dashboardUrl = (subPath: string, uid: string, slug: string) => `${subPath}/d/${uid}/${slug}`;
