/** Times as the reference writes them. */

/** `2026-11-25T03:15:32Z`: whole seconds, UTC. */
export const rfc3339Seconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** What an unset time looks like. */
export const zeroTime = '0001-01-01T00:00:00Z';
