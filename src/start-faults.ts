/** What to tell whoever starts the portal when it cannot start. */
import { Unavailable } from '../domain/shared/ports.ts';
import { ConfigRefused } from './config.ts';

export function explainStart(error: unknown): string {
  const { name, message, code } = (error ?? {}) as { name?: string; message?: string; code?: string };
  if (error instanceof ConfigRefused) return `\n${error.message}\n`;
  if (name === 'MigrationRefused') return `\nThe migrations do not fit the database:\n  - ${message}\n`;
  if (name === 'AddrInUse' || code === 'EADDRINUSE') {
    return '\nThe port is in use. Stop what listens there, or set PORT to another one (0 takes any free one).\n';
  }
  if (name === 'AddrNotAvailable')
    return '\nHOST is not an address of this machine. Set HOST to 127.0.0.1 or 0.0.0.0.\n';
  if (error instanceof Unavailable && error.service === 'database') {
    return `\nThe database cannot be used: ${causeOf(error)}\nCheck DATABASE_URL, and that the server is up and lets this machine in.\n`;
  }
  const sqlState = (error as { sqlState?: string } | null)?.sqlState ?? code;
  if (sqlState !== undefined && /^(3D000|28000|28P01|42501)$/.test(sqlState)) {
    return `\nThe database refuses: ${message}\nCheck the name, the user and the password in DATABASE_URL.\n`;
  }
  return `\nThe portal could not start: ${name ?? 'unknown fault'}: ${message ?? ''}\n`;
}

function causeOf(error: Unavailable): string {
  const { message, code } = (error.cause ?? {}) as { message?: string; code?: string };
  return [code, message].filter((part) => part !== undefined && part !== '').join(': ') || 'it does not answer';
}
