/** Sends webhooks over HTTP. */
import {
  type AddressFault,
  type AllowedAddresses,
  addressFault,
  isPublicIp,
  isThisMachine,
} from '../../domain/webhooks/address.ts';
import type { Answer } from '../../domain/webhooks/answer.ts';
import type { WebhookTransport } from '../../domain/webhooks/ports.ts';

const TIMEOUT_MS = 10_000;
const LONGEST_RETRY_AFTER_SECONDS = 86_400;

/** @returns the addresses of a host; none if it cannot be resolved */
export type ResolveHost = (host: string) => Promise<readonly string[]>;

export interface HttpTransportOptions {
  /** `null`: the runtime resolves names where no private network can be reached, as Workers do. */
  readonly resolve: ResolveHost | null;
  readonly allowed: AllowedAddresses;
  /** Default: 10 seconds. */
  readonly timeoutMs?: number;
}

export function httpTransport({ resolve, allowed, timeoutMs }: HttpTransportOptions): WebhookTransport {
  /** The addresses that a host leads to: `undefined` if it is one itself, or if names need not be resolved here. */
  const addressesOf = async (hostname: string): Promise<readonly string[] | undefined> => {
    const isAddress = hostname.startsWith('[') || /^\d+(\.\d+){3}$/.test(hostname);
    if (resolve === null || isAddress || (allowed.localhost && isThisMachine(hostname))) return undefined;
    return resolve(hostname);
  };
  const check = async (url: string): Promise<{ fault: AddressFault | undefined; leadsNowhere: boolean }> => {
    if (!URL.canParse(url)) return { fault: 'not_https', leadsNowhere: false };
    const address = new URL(url);
    const fault = addressFault(address, allowed);
    const addresses = fault === undefined ? await addressesOf(address.hostname) : undefined;
    return {
      fault: addresses?.every(isPublicIp) === false ? 'not_public' : fault,
      leadsNowhere: addresses?.length === 0,
    };
  };
  // A name that leads nowhere now may do so later.
  const faultOf = async (url: string) => (await check(url)).fault;

  return {
    faultOf,
    async post(url, headers, body): Promise<Answer> {
      const begun = performance.now();
      const durationMs = () => Math.round(performance.now() - begun);
      const none = (reason: Extract<Answer, { kind: 'none' }>['reason']): Answer => ({
        kind: 'none',
        reason,
        durationMs: durationMs(),
      });
      try {
        const { fault, leadsNowhere } = await check(url);
        if (fault !== undefined) return none('address_refused');
        // Not called: what the runtime would find for it would not have been checked.
        if (leadsNowhere) return none('unreachable');
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', 'User-Agent': 'patient-portal-webhooks/1', ...headers },
          body,
          // Not followed: the address that it leads to was not checked.
          redirect: 'manual',
          signal: AbortSignal.timeout(timeoutMs ?? TIMEOUT_MS),
        });
        // What a receiver says besides its status is not read.
        await response.body?.cancel().catch(() => undefined);
        return {
          kind: 'answered',
          // Some runtimes hide where a redirect leads, and its status.
          status: response.type === 'opaqueredirect' ? 302 : response.status,
          retryAfterSeconds: retryAfter(response.headers.get('retry-after')),
          durationMs: durationMs(),
        };
      } catch (error) {
        return none(error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : 'unreachable');
      }
    },
  };
}

/** Seconds (RFC 9110 section 10.2.3). A date is not read: our clock may differ from theirs. */
function retryAfter(header: string | null): number | null {
  return header === null || !/^\d{1,9}$/.test(header) ? null : Math.min(Number(header), LONGEST_RETRY_AFTER_SECONDS);
}
