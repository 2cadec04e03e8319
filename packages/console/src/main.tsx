import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { setUpHost } from './host/set-up.ts';

await setUpHost();
document.querySelector('.preloader')?.remove();
createRoot(document.getElementById('reactRoot')!).render(<App />);
