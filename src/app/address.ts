/** Client addresses: parsing what proxies send, and grouping addresses for rate limits (R34, R69). */
import ipaddr from 'ipaddr.js';
import type { BlockedRange } from '../../domain/protection/address-block.ts';

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

/** Kinds of addresses behind which a proxy or the clinic's own network stands, never one stranger. */
const INTERNAL = ['private', 'loopback', 'linkLocal', 'uniqueLocal', 'unspecified'];

export interface AddressRanges {
  /** What is blocked with the address. */
  readonly range: BlockedRange;
  /** The site of a network of IPv6. */
  readonly site: BlockedRange | null;
  /** Whether the address is of a private network, and so never blocked by the portal itself. */
  readonly isInternal: boolean;
}

/** @returns `undefined` if the address is unknown */
export function rangesOf(address: string | null): AddressRanges | undefined {
  const parsed = address === null ? undefined : parseAddress(address);
  if (parsed === undefined) return undefined;
  const isInternal = INTERNAL.includes(parsed.range());
  if (parsed instanceof ipaddr.IPv4) return { range: { text: parsed.toString(), prefix: 32 }, site: null, isInternal };
  const parts = parsed.parts.map((part) => part.toString(16));
  return {
    range: { text: `${parts.slice(0, 4).join(':')}::/64`, prefix: 64 },
    site: { text: `${parts.slice(0, 3).join(':')}::/48`, prefix: 48 },
    isInternal,
  };
}

/** What an administrator names to be blocked: an address, or a /64 or /48 of IPv6. @returns `undefined` for anything else */
export function blockableRanges(text: string): AddressRanges | undefined {
  const [address = '', bits] = text.split('/');
  const ranges = rangesOf(address);
  if (ranges === undefined || bits === undefined || Number(bits) === ranges.range.prefix) return ranges;
  const { site, isInternal } = ranges;
  return site !== null && bits === '48' ? { range: site, site: null, isInternal } : undefined;
}

type Network = readonly [Address, number];

/** A network in CIDR notation, or one address. @returns its canonical form, without bits behind the prefix; `undefined` if it is none */
export function canonicalNetwork(text: string): string | undefined {
  const [address = '', bits, ...rest] = text.trim().split('/');
  const parsed = rest.length > 0 || address.includes('%') || address.includes('[') ? undefined : parseAddress(address);
  if (parsed === undefined) return undefined;
  const most = parsed instanceof ipaddr.IPv4 ? 32 : 128;
  if (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > most)) return undefined;
  const cidr = `${parsed.toString()}/${bits ?? most}`;
  const first =
    parsed instanceof ipaddr.IPv4 ? ipaddr.IPv4.networkAddressFromCIDR(cidr) : ipaddr.IPv6.networkAddressFromCIDR(cidr);
  return `${first.toString()}/${bits ?? most}`;
}

/** The shortest prefix of a network that may be trusted: a longer list of mistakes is possible, but not the whole internet. */
export function isTooWide(network: string): boolean {
  const [address = '', bits] = network.split('/');
  return Number(bits) < (address.includes(':') ? 16 : 8);
}

const parsedNetworks = new Map<string, Network>();

function networkOf(text: string): Network {
  const known = parsedNetworks.get(text);
  if (known !== undefined) return known;
  const [address = '', bits] = text.split('/');
  const network: Network = [ipaddr.parse(address), Number(bits)];
  if (parsedNetworks.size >= 1_000) parsedNetworks.clear();
  parsedNetworks.set(text, network);
  return network;
}

/** @param networks canonical */
export function isWithin(address: string | null, networks: readonly string[]): boolean {
  if (networks.length === 0 || address === null) return false;
  const parsed = parseAddress(address);
  if (parsed === undefined) return false;
  return networks.some((network) => {
    const [first, bits] = networkOf(network);
    return first.kind() === parsed.kind() && parsed.match(first, bits);
  });
}
