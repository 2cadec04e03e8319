import { locationService } from '@grafana/runtime';
import { createRoot } from 'react-dom/client';
import { matchRoutes } from 'react-router-dom';
import { App } from './app/app.tsx';
import { routes } from './app/routes.ts';
import { setUpHost } from './host/set-up.ts';

await setUpHost();
const [here] = matchRoutes(routes.map(({ path, page }) => ({ path, page })), locationService.getLocation()) ?? [];
await here?.route.page.ready?.();
document.querySelector('.preloader')?.remove();
createRoot(document.getElementById('reactRoot')!).render(<App />);
