import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { setUpHost } from './host/set-up.ts';

// The page shows that loading failed unless it hears of this.
(window as unknown as { __grafana_app_bundle_loaded?: boolean }).__grafana_app_bundle_loaded = true;

await setUpHost();
document.querySelector('.preloader')?.remove();
createRoot(document.getElementById('reactRoot')!).render(<App />);
