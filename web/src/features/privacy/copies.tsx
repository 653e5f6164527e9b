import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { callForFile } from '../../app/api.ts';
import { useCommand } from '../../app/commands.ts';
import { momentOf } from '../../app/dates.ts';
import { type EntryOf, useList } from '../../app/lists.ts';
import { filled, useSpoken } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { Entries } from '../../ui/entries.tsx';
import { FailureNotice } from '../../ui/form.tsx';
import { Badge, type NoticeKind } from '../../ui/notice.tsx';
import { Card } from '../../ui/page.tsx';
import { saveFile } from '../../ui/saving.ts';

type Copy = EntryOf<'listMyExports'>;

const PAUSE = 5_000;

/** Copies of one's data: asked for, made by a job, fetched once. */
export function Copies() {
  const { privacy } = useSpoken().texts;
  const client = useQueryClient();
  const list = useList('listMyExports');
  const request = useCommand('requestMyExport', { idempotent: true });
  const isPreparing = (list.data ?? []).some(({ status }) => status === 'preparing');
  useEffect(() => {
    if (!isPreparing) return;
    const timer = setInterval(() => void client.invalidateQueries({ queryKey: ['listMyExports'] }), PAUSE);
    return () => clearInterval(timer);
  }, [isPreparing, client]);
  return (
    <section className="space-y-4">
      <h2>{privacy.copies}</h2>
      <p>{privacy.copiesAbout}</p>
      {request.error !== null && <FailureNotice failure={request.error} takesFocus />}
      <Button isPending={request.isPending} onPress={() => request.mutate({})}>
        {privacy.copyAsk}
      </Button>
      <Entries list={list} empty={privacy.copiesNone}>
        {(copy) => <CopyCard copy={copy} />}
      </Entries>
    </section>
  );
}

const STATES: Readonly<Record<Copy['status'], NoticeKind>> = { preparing: 'info', ready: 'good', fetched: 'info' };

function CopyCard({ copy: { status, requestedAt, _links: links } }: { readonly copy: Copy }) {
  const { texts, language } = useSpoken();
  const { privacy, actions } = texts;
  const client = useQueryClient();
  const fetching = useMutation({
    mutationFn: callForFile,
    onSuccess: (archive) => {
      saveFile('my-data.zip', archive);
      return client.invalidateQueries();
    },
  });
  const { download } = links;
  return (
    <Card>
      <div className="flex flex-wrap items-center gap-3">
        <h3>{filled(privacy.copyOf, { when: momentOf(requestedAt, language) })}</h3>
        <Badge kind={STATES[status]}>{privacy.copyState[status]}</Badge>
      </div>
      {fetching.error !== null && <FailureNotice failure={fetching.error} takesFocus />}
      {download && (
        <>
          <p>{privacy.copyOnce}</p>
          <Button kind="primary" isPending={fetching.isPending} onPress={() => fetching.mutate(download.href)}>
            {actions.download}
          </Button>
        </>
      )}
    </Card>
  );
}
