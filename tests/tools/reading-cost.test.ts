import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const TOOL = resolve(import.meta.dirname, '../../tools/reading-cost.ts');

test('the reading cost of an operation names its route, use case, rule, loads and writer, and fails for an unknown one', async () => {
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [TOOL, 'bookAppointment']);
  expect(stdout).toMatch(/^bookAppointment: \d+ files, \d+ of their \d+ lines$/m);
  for (const part of [
    'src/http/routes/scheduling/appointments.ts: bookAppointment',
    'src/app/scheduling/appointments.ts: bookAppointment',
    'domain/scheduling/booking.ts: book',
    'adapters/postgres/scheduling/booking-loads.ts: bookingState',
  ]) {
    expect(stdout).toContain(part);
  }
  // Among others of its file.
  expect(stdout).toMatch(/adapters\/postgres\/scheduling\/appointment-changes\.ts: .*\bappointment\.booked\b/);
  expect(stdout).not.toContain('domain/shared/');
  await expect(run(process.execPath, [TOOL, 'nothing'])).rejects.toThrow('no operation is named nothing');
});
