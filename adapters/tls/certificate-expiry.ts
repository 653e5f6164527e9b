/** When the certificate of a server expires, read from a TLS handshake that sends nothing else (Node and Deno). */
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { Instant } from '../../domain/shared/time.ts';

const HANDSHAKE_MS = 5_000;

/**
 * @returns the end of the validity of the server's own certificate; `null` if there was no handshake. A certificate that is not
 *   trusted, or expired, is read as well: what is asked here is its date
 */
export function certificateExpiry(host: string, port: number): Promise<Instant | null> {
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port,
      rejectUnauthorized: false,
      ...(isIP(host) === 0 ? { servername: host } : {}),
    });
    const end = (expiry: Instant | null) => {
      clearTimeout(late);
      socket.destroy();
      resolve(expiry);
    };
    const late = setTimeout(() => end(null), HANDSHAKE_MS);
    socket.on('error', () => end(null));
    socket.on('secureConnect', () => {
      const expiry = Date.parse(socket.getPeerCertificate().valid_to ?? '');
      end(Number.isNaN(expiry) ? null : expiry);
    });
  });
}
