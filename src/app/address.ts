/** The client address as rate limits count it (R34). */
import ipaddr from 'ipaddr.js';

/** IPv4 as it is, IPv6 by its /64: one subscriber has that many. */
export function addressSubject(address: string | null): string {
  if (address === null || !ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  return `${parsed.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
