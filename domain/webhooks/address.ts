/**
 * Which addresses may receive events. An administrator names the address, and the portal calls it from inside the clinic's
 * network, so only addresses of the public internet are called (server-side request forgery).
 */

export type AddressFault = 'not_https' | 'has_credentials' | 'not_public' | 'host_not_allowed';

/** What the operator allows. */
export interface AllowedAddresses {
  /** Exact names, with a dot in front all names below, and `*` for every host of the public internet. */
  readonly hosts: readonly string[];
  /** In development: this machine may receive events, over http too. */
  readonly localhost: boolean;
}

/** An address as the URL parser splits it: the host in lower case and ASCII, IPv4 as four numbers, IPv6 in brackets. */
export interface ParsedAddress {
  /** With the colon. */
  readonly protocol: string;
  readonly hostname: string;
  readonly username: string;
  readonly password: string;
}

export function addressFault(address: ParsedAddress, allowed: AllowedAddresses): AddressFault | undefined {
  if (address.username !== '' || address.password !== '') return 'has_credentials';
  if (allowed.localhost && isThisMachine(address.hostname) && /^https?:$/.test(address.protocol)) return undefined;
  if (address.protocol !== 'https:') return 'not_https';
  if (!isPublicHost(address.hostname)) return 'not_public';
  return isAllowedHost(address.hostname, allowed.hosts) ? undefined : 'host_not_allowed';
}

function isAllowedHost(hostname: string, hosts: readonly string[]): boolean {
  const host = hostname.replace(/\.$/, '');
  return hosts.some((name) => {
    if (name === '*') return true;
    return name.startsWith('.') ? host.endsWith(name) && host.length > name.length : host === name;
  });
}

export function isThisMachine(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** Names that lead into the network of whoever resolves them (RFC 6761, 6762, 8375, and what routers and clouds use). */
const LOCAL_NAMES = /(^|\.)(localhost|local|internal|intranet|corp|home|lan|private|localdomain|home\.arpa|onion)$/;

function isPublicHost(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '');
  if (name.startsWith('[')) return isPublicIp(name.slice(1, -1));
  if (/^\d+(\.\d+){3}$/.test(name)) return isPublicIp(name);
  return name.includes('.') && !LOCAL_NAMES.test(name);
}

/** Whether an IP address is of the public internet (the IANA special-purpose registries, RFC 6890). */
export function isPublicIp(ip: string): boolean {
  return ip.includes(':') ? isPublicIpv6(ip) : isPublicIpv4(ip);
}

/** First address and length of each prefix that is not of the public internet. */
const RESERVED_IPV4: readonly (readonly [prefix: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // With the metadata services of clouds.
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  // Multicast, and everything behind it.
  ['224.0.0.0', 3],
];

function isPublicIpv4(ip: string): boolean {
  const number = ipv4Number(ip);
  if (number === undefined) return false;
  return RESERVED_IPV4.every(([prefix, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(number / size) !== Math.floor((ipv4Number(prefix) ?? 0) / size);
  });
}

function ipv4Number(ip: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(ip)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return undefined;
  return parts.reduce((number, part) => number * 256 + part, 0);
}

/**
 * Only global unicast (2000::/3) is public, without what documents and tunnels use: 2001::/23 (with Teredo), 2001:db8::/32,
 * 2002::/16 (6to4, which holds an IPv4 address), 3fff::/20. Addresses that wrap one of IPv4 (::ffff:0:0/96, 64:ff9b::/96)
 * are outside 2000::/3.
 */
function isPublicIpv6(ip: string): boolean {
  const [first = '', second = ''] = ip.split(':');
  // A zone belongs to a link-local address; `::` at the beginning, or as the second group, means zeros.
  if (!/^[0-9a-f:.]+$/i.test(ip) || !/^[0-9a-f]{1,4}$/i.test(first)) return false;
  const high = Number.parseInt(first, 16);
  const low = second === '' ? 0 : Number.parseInt(second, 16);
  if (high < 0x2000 || high > 0x3fff) return false;
  if (high === 0x2001) return low >= 0x200 && low !== 0xdb8;
  return high !== 0x2002 && !(high === 0x3fff && low < 0x1000);
}
