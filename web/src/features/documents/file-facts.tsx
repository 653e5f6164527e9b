import { useMutation } from '@tanstack/react-query';
import { Download, ExternalLink } from 'lucide-react';
import { type Answer, callForFile } from '../../app/api.ts';
import { useCommand } from '../../app/commands.ts';
import { momentOf } from '../../app/dates.ts';
import { filled, useSpoken, useTexts } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { FailureNotice } from '../../ui/form.tsx';
import { Badge, type NoticeKind } from '../../ui/notice.tsx';
import { saveFile } from '../../ui/saving.ts';
import { bytesOf } from './bytes.ts';

export type PatientFile = Answer<'getFile'>;

const STATES: Readonly<Record<PatientFile['state'], NoticeKind>> = {
  uploading: 'info',
  scanning: 'info',
  clean: 'good',
  infected: 'bad',
  unscannable: 'warn',
};

export function FileFacts({ file }: { readonly file: PatientFile }) {
  const { texts, language } = useSpoken();
  const { documents } = texts;
  const { filename, description, fileType, sizeBytes, createdAt, state, origin } = file;
  return (
    <>
      <div className="flex flex-wrap items-center gap-3">
        <h3 dir="auto" className="break-all">
          {filename}
        </h3>
        <Badge kind={STATES[state]}>{documents.state[state]}</Badge>
      </div>
      {description !== null && <p dir="auto">{description}</p>}
      <p className="text-mute">
        {documents.type[fileType]} · {bytesOf(sizeBytes, language)} ·{' '}
        {filled(origin === 'clinic' ? documents.fromClinic : documents.addedAt, {
          when: momentOf(createdAt, language),
        })}
      </p>
      {(state === 'infected' || state === 'unscannable') && <p>{documents.kept[state]}</p>}
    </>
  );
}

/** Opening and saving, where the API offers them: it does after the scan. */
export function Opening({ file: { id, filename, _links: links } }: { readonly file: PatientFile }) {
  const { documents, actions } = useTexts();
  const link = useCommand('makeDownloadLink');
  const save = useMutation({ mutationFn: callForFile, onSuccess: (content) => saveFile(filename, content) });
  const open = () => {
    // Opened at once, because browsers refuse a tab that opens later than the press.
    const tab = window.open('about:blank', '_blank');
    link.mutate({ path: { id } }, { onSuccess: ({ url }) => tab?.location.replace(url), onError: () => tab?.close() });
  };
  const failure = link.error ?? save.error;
  const { download, downloadLink } = links;
  return (
    <>
      {failure !== null && <FailureNotice failure={failure} takesFocus />}
      {downloadLink && (
        <Button isPending={link.isPending} onPress={open}>
          <ExternalLink aria-hidden className="size-5" />
          {documents.open}
        </Button>
      )}
      {download && (
        <Button isPending={save.isPending} onPress={() => save.mutate(download.href)}>
          <Download aria-hidden className="size-5" />
          {actions.download}
        </Button>
      )}
    </>
  );
}
