/** Host names of the local machine. */
const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** @param hostname as `URL` gives it */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.includes(hostname);
}

/** Whether two origins are the same listener on this machine under different names: same scheme and port. */
export function isSameLoopback(a: string, b: string): boolean {
  if (!URL.canParse(a) || !URL.canParse(b)) return false;
  const [one, other] = [new URL(a), new URL(b)];
  const isLocal = isLoopback(one.hostname) && isLoopback(other.hostname);
  return isLocal && one.protocol === other.protocol && one.port === other.port;
}
