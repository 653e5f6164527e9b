import { expect } from 'vitest';
import type { Clinic } from '../scheduling/clinic.ts';

/** Three addresses are blocked. */
export async function blockAddresses({ portal, admin, post }: Clinic): Promise<void> {
  const endsAt = new Date(portal.clock.now() + 86_400_000).toISOString();
  for (const address of ['198.51.100.1', '198.51.100.2', '198.51.100.3']) {
    portal.clock.advance(1);
    const { status } = await post('/admin/ip-blocks', admin.token, { address, reason: 'a list', endsAt });
    expect(status).toBe(201);
  }
}
