import type { Answer } from '../../app/api.ts';
import { useCommand } from '../../app/commands.ts';
import { momentOf } from '../../app/dates.ts';
import { useList } from '../../app/lists.ts';
import { useSpoken, useTexts } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { Entries } from '../../ui/entries.tsx';
import { FailureNotice } from '../../ui/form.tsx';
import { Badge } from '../../ui/notice.tsx';
import { Card, Page } from '../../ui/page.tsx';

type Message = Answer<'listNotifications'>['data'][number];

export default function Messages() {
  const { messages } = useTexts();
  const list = useList('listNotifications', {});
  const mark = useCommand('markNotificationsRead');
  const hasUnread = (list.data ?? []).some(({ readAt }) => readAt === null);
  return (
    <Page
      title={messages.title}
      actions={
        hasUnread && (
          <Button isPending={mark.isPending} onPress={() => mark.mutate({ body: { all: true } })}>
            {messages.markAll}
          </Button>
        )
      }
    >
      {mark.error !== null && <FailureNotice failure={mark.error} />}
      <Entries list={list} empty={messages.empty} emptyHelp={messages.emptyHelp}>
        {(message: Message) => (
          <MessageCard message={message} onRead={() => mark.mutate({ body: { ids: [message.id] } })} />
        )}
      </Entries>
    </Page>
  );
}

function MessageCard({ message, onRead }: { readonly message: Message; readonly onRead: () => void }) {
  const { texts, language } = useSpoken();
  const { title, text, at, readAt } = message;
  return (
    <Card>
      <div className="flex flex-wrap items-center gap-3">
        {readAt === null && <Badge kind="info">{texts.messages.unread}</Badge>}
        <time dateTime={at} className="text-sm text-mute">
          {momentOf(at, language)}
        </time>
      </div>
      {title === null ? <p className="text-mute">{texts.messages.unreadable}</p> : <h2 dir="auto">{title}</h2>}
      {text !== null && (
        <p dir="auto" className="whitespace-pre-line">
          {text}
        </p>
      )}
      {readAt === null && <Button onPress={onRead}>{texts.messages.markRead}</Button>}
    </Card>
  );
}
