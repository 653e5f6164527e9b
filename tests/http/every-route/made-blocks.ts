import { expect } from 'vitest';
import type { Clinic } from '../scheduling/clinic.ts';
import { raiseFindings } from './made-findings.ts';

/** Three addresses are blocked, and three accounts are suspect. */
export async function fillProtection({ portal, admin, post, maria, paul, staff }: Clinic): Promise<void> {
  const endsAt = new Date(portal.clock.now() + 86_400_000).toISOString();
  for (const address of ['198.51.100.1', '198.51.100.2', '198.51.100.3']) {
    portal.clock.advance(1);
    const { status } = await post('/admin/ip-blocks', admin.token, { address, reason: 'a list', endsAt });
    expect(status).toBe(201);
  }
  await raiseFindings(portal, [maria.id, paul.id, staff.id]);
}
