import { useEffect } from 'react';

/** Does something again and again while the page is shown and visible. */
export function useEvery(ms: number, work: () => void): void {
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && work(), ms);
    return () => clearInterval(timer);
  }, [ms, work]);
}
