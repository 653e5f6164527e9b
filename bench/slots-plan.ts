/**
 * How PostgreSQL finds free times, lists and bookings in a clinic with a long history: the very statements that the portal sends, with
 * the plan of a session that has run them often, under EXPLAIN ANALYZE. Fails when one of them reads a large table from end to end.
 *
 *   TEST_DATABASE_URL=postgres://… npm run bench:plans -- [appointments] [patients]     default 1,000,000 of each; about 2 GB
 *
 * 200 doctors have 8 appointments a day, the last of them 60 days ahead: more appointments are a longer past. The rows are made in a
 * scratch database, which is dropped afterwards.
 */
import { createFieldCipher } from '../adapters/crypto/field-cipher.ts';
import { clinicCases } from './clinic-cases.ts';
import { fillClinic } from './clinic-rows.ts';
import { explainAll } from './plans.ts';
import { inScratch } from './scratch.ts';

const APPOINTMENTS = Number(process.argv[2] ?? 1_000_000);
const PATIENTS = Number(process.argv[3] ?? APPOINTMENTS);

process.exitCode = await inScratch('bench:plans', async (client) => {
  await fillClinic(client, APPOINTMENTS, PATIENTS);
  const cipher = createFieldCipher({ ring: [{ id: 'bench', key: new Uint8Array(32) }] });
  const scans = await explainAll(client, clinicCases(cipher));
  console.log(
    scans === 0
      ? '\nNo load reads a large table from end to end.'
      : `\n${scans} large tables are read from end to end.`,
  );
  return scans === 0;
});
