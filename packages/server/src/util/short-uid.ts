/** Identifiers that people meet in addresses (dashboards-and-content §1.4). */
import { randomInt } from 'node:crypto';

const uidLengthMax = 40;

/** Fourteen characters, first and last a letter from a to f, in between a number that grows with time: also a valid Kubernetes name. */
export function shortUid(now: number = Date.now()): string {
  const middle = (BigInt(now) * 4_194_304n + BigInt(randomInt(4_194_304))).toString(36).slice(-12).padStart(12, '0');
  return edge() + middle + edge();
}

const edge = () => 'abcdef'.charAt(randomInt(6));

export type UidObjection = 'illegal' | 'too-long';

/** What is wrong with a uid chosen by a client; undefined when nothing is. An empty one is fine: it means "choose one". */
export function objectionToUid(uid: string): UidObjection | undefined {
  if (uid.length > uidLengthMax) return 'too-long';
  return /^[a-zA-Z0-9_-]*$/.test(uid) ? undefined : 'illegal';
}
