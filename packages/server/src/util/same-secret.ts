import { hash, timingSafeEqual } from 'node:crypto';

/**
 * Whether what somebody sent is the secret: passwords, codes, hashes, signatures, states. How long it takes tells neither where they
 * differ nor how long the secret is.
 */
export const sameSecret = (given: string, wanted: string): boolean => timingSafeEqual(digest(given), digest(wanted));

const digest = (text: string) => hash('sha256', text, 'buffer');
