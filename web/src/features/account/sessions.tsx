import { useState } from 'react';
import type { Answer } from '../../app/api.ts';
import { useCommand } from '../../app/commands.ts';
import { momentOf } from '../../app/dates.ts';
import { useList } from '../../app/lists.ts';
import { filled, useSpoken, useTexts } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { Entries } from '../../ui/entries.tsx';
import { FailureNotice } from '../../ui/form.tsx';
import { Badge, Notice } from '../../ui/notice.tsx';
import { Card, Page } from '../../ui/page.tsx';

type Session = Answer<'listSessions'>['data'][number];

export default function Sessions() {
  const { sessions } = useTexts();
  const list = useList('listSessions', {});
  const revoke = useCommand('revokeSession');
  const [isEnded, setEnded] = useState(false);
  return (
    <Page title={sessions.title}>
      {isEnded && <Notice kind="good">{sessions.ended}</Notice>}
      {revoke.error !== null && <FailureNotice failure={revoke.error} />}
      <Entries list={list} empty="">
        {(session: Session) => (
          <SessionCard
            session={session}
            isPending={revoke.isPending && revoke.variables?.path.id === session.id}
            onEnd={() => revoke.mutate({ path: { id: session.id } }, { onSuccess: () => setEnded(true) })}
          />
        )}
      </Entries>
    </Page>
  );
}

interface SessionCardProps {
  readonly session: Session;
  readonly isPending: boolean;
  readonly onEnd: () => void;
}

function SessionCard({ session, isPending, onEnd }: SessionCardProps) {
  const { texts, language } = useSpoken();
  const words = texts.sessions;
  const { current, deviceName, ip, location, lastActivityAt, createdAt, isSuspicious } = session;
  const place = [location?.city, location?.country, ip].filter((part) => part != null).join(', ');
  return (
    <Card>
      <div className="flex flex-wrap items-center gap-3">
        <h2 dir="auto">{deviceName}</h2>
        {current && <Badge kind="good">{words.this}</Badge>}
      </div>
      {isSuspicious && <Notice kind="warn">{words.odd}</Notice>}
      <p className="text-mute">
        {filled(words.lastUsed, { when: momentOf(lastActivityAt, language) })}.{' '}
        {filled(words.since, { when: momentOf(createdAt, language) })}.
        {place !== '' && <span dir="auto"> {place}</span>}
      </p>
      {!current && (
        <Button kind="danger" isPending={isPending} onPress={onEnd}>
          {words.end}
        </Button>
      )}
    </Card>
  );
}
