import { newId } from '../../../src/app/context.ts';
import type { Clinic, Person } from '../scheduling/clinic.ts';

/** Three addresses of a person get nothing more. */
export async function suppressAddresses({ portal }: Clinic, { id }: Person): Promise<void> {
  const { deps, clock } = portal;
  const userId = id as never;
  const [dataKey] = await deps.database.load(deps.loads.identity.dataKey(userId));
  if (dataKey === undefined) throw new Error('no data key');
  for (const address of ['a@example.org', 'b@example.org', 'c@example.org']) {
    clock.advance(1);
    const at = clock.now();
    const suppression = { id: newId<'suppression'>(deps, at), userId, dataKey, channel: 'email', address } as const;
    await deps.database.commit({
      changes: [{ type: 'suppression.added', ...suppression, reason: 'complained', provider: 'sendgrid', at }],
      ...{ audit: [], jobs: [], idempotency: undefined, at },
    });
  }
}
