/** Explains to an operator why the portal cannot start. */
import { Unavailable } from '../domain/shared/ports.ts';
import { ConfigRefused } from './config.ts';

/**
 * What to do about a refusal of the database, by SQLSTATE (PostgreSQL, appendix A). The first matching entry counts.
 */
const HINTS: readonly { readonly state: string; readonly says: RegExp; readonly hint: string }[] = [
  { state: '3D000', says: /./, hint: 'Create the database, or check its name in DATABASE_URL.' },
  {
    state: '28000',
    says: /./,
    hint: 'Check the user in DATABASE_URL, and that the server accepts it from this machine.',
  },
  { state: '28P01', says: /./, hint: 'Check the user and the password in DATABASE_URL.' },
  {
    state: '22023',
    says: /role ".*" does not exist/,
    hint: 'The server lacks the role that the portal acts as. As the owner of the database: npm run migrate',
  },
  {
    state: '42501',
    says: /set role/,
    hint: 'The user in DATABASE_URL may not act as the portal. As the owner of the database: npm run migrate',
  },
  {
    state: '42501',
    says: /role|GRANT/i,
    hint:
      'The owner of the database may not create roles. As an administrator of the server, once: CREATE ROLE ' +
      'patient_portal_app NOLOGIN; GRANT patient_portal_app TO the owner WITH ADMIN OPTION;',
  },
  {
    state: '42501',
    says: /./,
    hint: 'The user in DATABASE_URL lacks privileges on existing tables. As the owner of the database: npm run migrate',
  },
];

export function explainStart(error: unknown): string {
  const { name, message, code } = (error ?? {}) as { name?: string; message?: string; code?: string };
  if (error instanceof ConfigRefused) return `\n${error.message}\n`;
  if (name === 'MigrationRefused') return `\nThe migrations do not match the database:\n  - ${message}\n`;
  if (name === 'OtherMigrator' || name === 'LocksUnavailable')
    return `\nThe database cannot be migrated now: ${message}\n`;
  if (name === 'MigrationFailed') {
    const hint = hintFor((error as Error).cause);
    return `\nThe migration of the database failed:\n  - ${message}\n${hint === undefined ? '' : `${hint}\n`}`;
  }
  if (name === 'AddrInUse' || code === 'EADDRINUSE') {
    return '\nThe port is in use. Stop the program that listens there, or set PORT to another port (0 takes any free one).\n';
  }
  if (name === 'AddrNotAvailable' || code === 'EADDRNOTAVAIL')
    return '\nHOST is not an address of this machine. Set HOST to 127.0.0.1 or 0.0.0.0.\n';
  if (error instanceof Unavailable && /unsupported startup parameter/.test(causeOf(error) ?? '')) {
    return '\nDATABASE_URL names a pooler, which refuses settings of a session. Set DATABASE_POOLER=transaction for a PgBouncer in transaction mode.\n';
  }
  if (error instanceof Unavailable && error.service === 'database') {
    return `\nThe database cannot be used: ${causeOf(error)}\nCheck DATABASE_URL, and that the server is up and accepts connections from this machine.\n`;
  }
  const hint = hintFor(error);
  if (hint !== undefined) return `\nThe database refused: ${message}\n${hint}\n`;
  return `\nThe portal could not start: ${name ?? 'unknown fault'}: ${message ?? ''}\n`;
}

function hintFor(error: unknown): string | undefined {
  const { message, code, sqlState = code } = (error ?? {}) as { message?: string; code?: string; sqlState?: string };
  return HINTS.find(({ state, says }) => state === sqlState && says.test(message ?? ''))?.hint;
}

function causeOf(error: Unavailable): string {
  const { message, code } = (error.cause ?? {}) as { message?: string; code?: string };
  return [code, message].filter((part) => part !== undefined && part !== '').join(': ') || 'it does not answer';
}
