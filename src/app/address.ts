/** Client addresses: parsing what proxies send, and grouping addresses for rate limits (R34, R69). */
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Longer than any address with port, zone and brackets. */
const LONGEST = 100;
const BRACKETED = /^\[([^\]]*)\](:\d{1,5})?$/;
const IPV4_WITH_PORT = /^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/;

/** `203.0.113.7`, `203.0.113.7:4711`, `2001:db8::1`, `[2001:db8::1]:80`, `fe80::1%eth0`, `::ffff:203.0.113.7`. */
function parseAddress(text: string): Address | undefined {
  if (text.length > LONGEST) return undefined;
  const host = BRACKETED.exec(text)?.[1] ?? IPV4_WITH_PORT.exec(text)?.[1] ?? text;
  const [withoutZone = ''] = host.split('%');
  // Systems disagree on what `1`, `0x7f.1` and `010.0.0.1` mean, so only four decimal parts are accepted.
  if (ipaddr.IPv4.isValidFourPartDecimal(withoutZone)) return ipaddr.IPv4.parse(withoutZone);
  return ipaddr.IPv6.isValid(withoutZone) ? ipaddr.process(withoutZone) : undefined;
}

/**
 * The client address that a proxy reports. A proxy appends the address that it saw, so only the last entry can be
 * trusted; the entries before it come from the client.
 *
 * @param header of `TRUSTED_PROXY_HEADER`: one address, a list of them, or `Forwarded` (RFC 7239 section 4)
 * @returns `undefined` if the last entry is not an address, such as `unknown`
 */
function lastForwarded(header: string): string | undefined {
  const entry = header
    .split(',')
    .map((part) => part.trim())
    .findLast((part) => part !== '');
  const forwarded = entry
    ?.split(';')
    .map((pair) => /^\s*for\s*=(.*)$/is.exec(pair)?.[1]?.trim())
    .find((node) => node !== undefined);
  return parseAddress((forwarded ?? entry ?? '').replace(/^"(.*)"$/s, '$1'))?.toString();
}

/** The client's address: the one from the trusted proxy if it is valid, otherwise the peer of the connection. */
export function clientAddress(header: string | null, connection: string): string {
  return (header === null ? undefined : lastForwarded(header)) ?? connection;
}

/** Stands for all clients whose address is unknown or invalid. */
export const UNKNOWN_ADDRESS = 'unknown';

/** The address as rate limits count it: IPv4 unchanged, IPv6 by its /64, because one subscriber has a whole /64. */
export function addressSubject(address: string | null): string {
  const parsed = address === null ? undefined : parseAddress(address);
  if (parsed === undefined) return UNKNOWN_ADDRESS;
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return `${parsed.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
