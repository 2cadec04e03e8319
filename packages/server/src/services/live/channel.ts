/** Channel addresses and the namespaces in front of them (live §3). Pure. */

/** `<scope>/<namespace>/<path…>`, without the org's prefix. */
export interface ChannelAddress {
  readonly scope: string;
  readonly namespace: string;
  readonly path: string;
}

const addressBytesMax = 160;
export const channelNameBytesMax = 255;

// Compat: `A-z` is literal in the reference, so `[ \ ] ^ _` and the backtick pass too; plugins have put such characters into paths.
const segment = /^[A-z0-9_\-.]+$/;
const path = /^[A-z0-9_\-/=.]+$/;

export function parseAddress(text: string): ChannelAddress | undefined {
  if (Buffer.byteLength(text) > addressBytesMax) return undefined;
  const first = text.indexOf('/');
  const second = text.indexOf('/', first + 1);
  if (first < 0 || second < 0) return undefined;
  const address = { scope: text.slice(0, first), namespace: text.slice(first + 1, second), path: text.slice(second + 1) };
  return segment.test(address.scope) && segment.test(address.namespace) && path.test(address.path) ? address : undefined;
}

/** Whether `prefix` names an org or a stack at all: only then may it be someone else's. */
export function isNamespace(prefix: string): boolean {
  if (prefix === 'default') return true;
  const org = /^org-(\d+)$/.exec(prefix);
  if (org) return Number(org[1]) > 1;
  const stack = /^stacks-(\d+)$/.exec(prefix);
  return stack !== null && Number(stack[1]) > 0;
}

/** The part in front of the first `/`, and the rest. */
export function splitPrefix(channel: string): { prefix: string; rest: string } | undefined {
  const slash = channel.indexOf('/');
  return slash < 0 ? undefined : { prefix: channel.slice(0, slash), rest: channel.slice(slash + 1) };
}
