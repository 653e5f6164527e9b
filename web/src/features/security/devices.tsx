import { useCommand } from '../../app/commands.ts';
import { momentOf } from '../../app/dates.ts';
import { useList } from '../../app/lists.ts';
import { filled, useSpoken } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { Entries } from '../../ui/entries.tsx';
import { FailureNotice } from '../../ui/form.tsx';
import { Card } from '../../ui/page.tsx';

/** The devices that are not asked for a code. */
export function Devices() {
  const { texts, language } = useSpoken();
  const { security } = texts;
  const list = useList('listTrustedDevices');
  const revoke = useCommand('revokeTrustedDevice');
  return (
    <section className="space-y-4">
      <h2>{security.devices}</h2>
      <p>{security.devicesAbout}</p>
      {revoke.error !== null && <FailureNotice failure={revoke.error} />}
      <Entries list={list} empty={security.devicesNone}>
        {({ id, name, lastUsedAt, expiresAt }) => (
          <Card>
            <h3 dir="auto">{name}</h3>
            <p className="text-mute">
              {filled(texts.sessions.lastUsed, { when: momentOf(lastUsedAt, language) })}.{' '}
              {filled(security.deviceUntil, { when: momentOf(expiresAt, language) })}
            </p>
            <Button
              kind="danger"
              isPending={revoke.isPending && revoke.variables?.path.deviceId === id}
              onPress={() => revoke.mutate({ path: { deviceId: id } })}
            >
              {security.deviceRemove}
            </Button>
          </Card>
        )}
      </Entries>
    </section>
  );
}
