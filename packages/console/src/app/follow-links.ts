/** Links of components that know no router (tabs, link buttons, cards) change the page without loading the application anew. */
import { locationService } from '@grafana/runtime';
import { matchPath } from 'react-router-dom';
import { routes } from './routes.ts';
import { localPath } from './navigation.ts';

export function followLinks(): () => void {
  const follow = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || !(event.target instanceof Element)) return;
    const link = event.target.closest('a');
    if (!link?.hasAttribute('href') || (link.target !== '' && link.target !== '_self') || link.hasAttribute('download') || link.origin !== location.origin) return;
    const path = localPath(link.pathname);
    if (link.getAttribute('href')!.startsWith('#') || !routes.some((route) => route.path !== '*' && matchPath(route.path, path))) return;
    event.preventDefault();
    locationService.push(path + link.search + link.hash);
  };
  document.addEventListener('click', follow);
  return () => document.removeEventListener('click', follow);
}
