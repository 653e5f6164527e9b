import { describe, expect, test } from 'vitest';
import { SqlError } from '../../adapters/postgres/driver/fault.ts';
import { explainStart } from '../../src/start-faults.ts';

/** In PostgreSQL's words. */
const REFUSALS: readonly [string, string, string][] = [
  ['22023', 'role "patient_portal_app" does not exist', 'lacks the role that the portal acts as'],
  ['42501', 'permission denied to set role "patient_portal_app"', 'may not act as the portal'],
  ['42501', 'permission denied to create role', 'As an administrator of the server'],
  ['42501', 'permission denied for table users', 'lacks privileges on existing tables'],
  ['28P01', 'password authentication failed for user "portal"', 'the password in DATABASE_URL'],
  ['3D000', 'database "portal" does not exist', 'its name in DATABASE_URL'],
];

describe('a refusal of the database at start-up is reported with what to do', () => {
  test.each(REFUSALS)('%s %s', (state, message, hint) => {
    const told = explainStart(new SqlError(message, state, undefined, undefined));
    expect(told).toContain(message);
    expect(told).toContain(hint);
  });
});
