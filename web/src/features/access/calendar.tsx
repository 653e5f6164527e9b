import { useState } from 'react';
import { useCommand } from '../../app/commands.ts';
import { momentOf } from '../../app/dates.ts';
import { type EntryOf, useList } from '../../app/lists.ts';
import { filled, useSpoken, useTexts } from '../../texts/texts.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Secret } from '../../ui/copying.tsx';
import { Ending } from '../../ui/ending.tsx';
import { Entries } from '../../ui/entries.tsx';
import { FailureNotice } from '../../ui/form.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Card, Page } from '../../ui/page.tsx';

/** Addresses by which calendars elsewhere show one's appointments. */
export default function Calendar() {
  const { feeds } = useTexts();
  const list = useList('listCalendarFeeds');
  const create = useCommand('createCalendarFeed', { idempotent: true });
  const [isRevoked, setRevoked] = useState(false);
  return (
    <Page title={feeds.title}>
      <p>{feeds.about}</p>
      <Notice kind="warn">{feeds.secret}</Notice>
      {isRevoked && <Notice kind="good">{feeds.revoked}</Notice>}
      {create.error !== null && <FailureNotice failure={create.error} takesFocus />}
      {create.data !== undefined && <NewFeed url={create.data.url} />}
      <Button kind="primary" isPending={create.isPending} onPress={() => create.mutate({})}>
        {feeds.create}
      </Button>
      <Entries list={list} empty={feeds.empty}>
        {(feed) => (
          <FeedCard
            feed={feed}
            onRevoked={() => {
              setRevoked(true);
              create.reset();
            }}
          />
        )}
      </Entries>
    </Page>
  );
}

function NewFeed({ url }: { readonly url: string | null }) {
  const { feeds } = useTexts();
  if (url === null) return <Notice kind="warn">{feeds.lost}</Notice>;
  return (
    <Card>
      <Secret text={url} label={feeds.ready} />
      <p>
        <strong>{feeds.readyAbout}</strong> {feeds.how}
      </p>
      <ButtonLink href={url.replace(/^https?:/, 'webcal:')}>{feeds.open}</ButtonLink>
    </Card>
  );
}

interface FeedCardProps {
  readonly feed: EntryOf<'listCalendarFeeds'>;
  readonly onRevoked: () => void;
}

function FeedCard({ feed: { id, scope, createdAt }, onRevoked }: FeedCardProps) {
  const { texts, language } = useSpoken();
  const { feeds } = texts;
  return (
    <Card>
      <h2>{feeds.scope[scope]}</h2>
      <p className="text-mute">{filled(feeds.made, { when: momentOf(createdAt, language) })}</p>
      <Ending
        command="revokeCalendarFeed"
        id={id}
        verb={feeds.revoke}
        title={feeds.revokeTitle}
        about={feeds.revokeAbout}
        onEnded={onRevoked}
      />
    </Card>
  );
}
