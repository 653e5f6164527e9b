/**
 * Whether a browser's push endpoint is one that we send to. Whoever subscribes names the address, so only the push services
 * of browsers are called, and what the operator adds: never an address inside the network (server-side request forgery).
 */

/** Exact names, and with a dot in front all names below. */
export const PUSH_SERVICES: readonly string[] = [
  // Chrome, Edge on Android, Opera, Samsung Internet
  'fcm.googleapis.com',
  // Firefox
  '.push.services.mozilla.com',
  // Safari
  '.push.apple.com',
  // Edge
  '.notify.windows.com',
];

/** https, a host name without user, and the standard port. No address of RFC 3986 with brackets, escapes or letters beyond ASCII. */
const ENDPOINT = /^https:\/\/([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::443)?\/[!-~]{1,2000}$/;

/**
 * The endpoint as requests name it: without fragment, which is not sent (RFC 9110 section 7.1), and without the standard port. Two texts
 * of one endpoint are one device.
 */
export function normalisedEndpoint(endpoint: string): string {
  const [sent = ''] = endpoint.split('#', 1);
  return sent.replace(/^(https:\/\/[^/?]+):443\//, '$1/');
}

/** @param added more hosts, written as those above */
export function isPushEndpoint(endpoint: string, added: readonly string[] = []): boolean {
  const host = ENDPOINT.exec(endpoint)?.[1];
  if (host === undefined) return false;
  return [...PUSH_SERVICES, ...added].some((name) =>
    name.startsWith('.') ? host.endsWith(name) && host.length > name.length : host === name,
  );
}
