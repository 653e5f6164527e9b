import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { momentOf } from '../../app/dates.ts';
import { type EntryOf, useList } from '../../app/lists.ts';
import { useLoaded } from '../../app/queries.ts';
import { filled, useSpoken, useTexts } from '../../texts/texts.tsx';
import { Entries } from '../../ui/entries.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Card, Page, Part } from '../../ui/page.tsx';
import { bytesOf } from './bytes.ts';
import { Deleting, Describing } from './file-changes.tsx';
import { FileFacts, Opening } from './file-facts.tsx';
import { Uploading } from './uploading.tsx';

export default function Documents() {
  const { documents } = useTexts();
  return (
    <Page title={documents.title}>
      <Part>
        <OwnFiles />
      </Part>
      <Part>
        <SharedFiles />
      </Part>
    </Page>
  );
}

function OwnFiles() {
  const { texts, language } = useSpoken();
  const { documents } = texts;
  const list = useList('listMyFiles');
  const quota = useLoaded('getFileQuota');
  const [done, setDone] = useState<string | null>(null);
  useReadAgainWhile((list.data ?? []).some(({ state }) => state === 'scanning'));
  return (
    <section className="space-y-4">
      {done !== null && <Notice kind="good">{done}</Notice>}
      <Uploading onDone={() => setDone(documents.added)} />
      <h2>{documents.own}</h2>
      <p className="text-mute">
        {filled(documents.space, {
          used: bytesOf(quota.usedBytes, language),
          limit: bytesOf(quota.limitBytes, language),
        })}
      </p>
      <Entries list={list} empty={documents.empty} emptyHelp={documents.emptyHelp}>
        {(file) => <OwnFile file={file} onDone={setDone} />}
      </Entries>
    </section>
  );
}

interface OwnFileProps {
  readonly file: EntryOf<'listMyFiles'>;
  readonly onDone: (text: string) => void;
}

function OwnFile({ file, onDone }: OwnFileProps) {
  const { documents } = useTexts();
  const { update, delete: remove } = file._links;
  return (
    <Card>
      <FileFacts file={file} />
      <div className="flex flex-wrap gap-3">
        <Opening file={file} />
        {update && <Describing file={file} onDone={() => onDone(documents.described)} />}
        {remove && <Deleting file={file} onDone={() => onDone(documents.deleted)} />}
      </div>
    </Card>
  );
}

function SharedFiles() {
  const { texts, language } = useSpoken();
  const { documents } = texts;
  const list = useList('listSharedFiles');
  return (
    <section className="space-y-4">
      <h2>{documents.shared}</h2>
      <Entries list={list} empty={documents.sharedNone}>
        {({ file, sharedBy, expiresAt }) => (
          <Card>
            <FileFacts file={file} />
            <p className="text-mute">
              {sharedBy.name !== null && `${filled(documents.sharedBy, { name: sharedBy.name })} `}
              {filled(documents.sharedUntil, { when: momentOf(expiresAt, language) })}
            </p>
            <div className="flex flex-wrap gap-3">
              <Opening file={file} />
            </div>
          </Card>
        )}
      </Entries>
    </section>
  );
}

const PAUSE = 5_000;

/** The scan ends without word. */
function useReadAgainWhile(isWaiting: boolean) {
  const client = useQueryClient();
  useEffect(() => {
    if (!isWaiting) return;
    const timer = setInterval(() => void client.invalidateQueries({ queryKey: ['listMyFiles'] }), PAUSE);
    return () => clearInterval(timer);
  }, [isWaiting, client]);
}
