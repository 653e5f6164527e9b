import { useQueryClient } from '@tanstack/react-query';
import { Upload } from 'lucide-react';
import { useRef, useState } from 'react';
import { FileTrigger, Label, ProgressBar } from 'react-aria-components';
import { newIdempotencyKey } from '../../app/api.ts';
import { useLoaded } from '../../app/queries.ts';
import { sendForm } from '../../app/sending.ts';
import { filled, useSpoken, useTexts } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { Form } from '../../ui/form.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Card } from '../../ui/page.tsx';
import { bytesOf } from './bytes.ts';
import { FileType } from './file-type.tsx';

/** Choosing a file, saying what it is, and sending it. */
export function Uploading({ onDone }: { readonly onDone: () => void }) {
  const { texts, language } = useSpoken();
  const { documents } = texts;
  const { maximumFileBytes } = useLoaded('getFileQuota');
  const [file, choose] = useState<File | null>(null);
  return (
    <Card>
      <h2>{documents.add}</h2>
      <p>{filled(documents.addAbout, { limit: bytesOf(maximumFileBytes, language) })}</p>
      <FileTrigger onSelect={(files) => choose(files?.[0] ?? null)}>
        <Button kind={file === null ? 'primary' : 'secondary'}>
          <Upload aria-hidden className="size-5" />
          {file === null ? documents.choose : documents.chooseOther}
        </Button>
      </FileTrigger>
      {file !== null && file.size > maximumFileBytes && <Notice kind="bad">{documents.tooLarge}</Notice>}
      {file !== null && file.size <= maximumFileBytes && (
        <Sending
          // Another file is another upload.
          key={`${file.name} ${file.size} ${file.lastModified}`}
          file={file}
          onSent={() => {
            choose(null);
            onDone();
          }}
        />
      )}
    </Card>
  );
}

function Sending({ file, onSent }: { readonly file: File; readonly onSent: () => void }) {
  const { documents } = useTexts();
  const client = useQueryClient();
  const idempotencyKey = useRef(newIdempotencyKey()).current;
  const [share, setShare] = useState<number | null>(null);
  return (
    <Form
      submit={documents.send}
      onSend={async (values) => {
        try {
          // The API takes the fields before the file.
          await sendForm('/api/v1/files/upload', { ...values, file }, { idempotencyKey, onProgress: setShare });
        } finally {
          setShare(null);
        }
        await client.invalidateQueries();
        onSent();
      }}
    >
      <p dir="auto" className="font-medium break-all">
        {file.name}
      </p>
      <FileType />
      <Field name="description" label={documents.description} isRequired={false} maxLength={500} />
      {share !== null && <Progress share={share} />}
    </Form>
  );
}

function Progress({ share }: { readonly share: number }) {
  const { documents } = useTexts();
  return (
    <ProgressBar value={share * 100} className="space-y-1">
      {({ valueText }) => (
        <>
          <div className="flex justify-between">
            <Label>{share < 1 ? documents.sending : documents.receiving}</Label>
            <span className="tabular">{valueText}</span>
          </div>
          <progress aria-hidden className="h-2 w-full accent-brand" value={share} />
        </>
      )}
    </ProgressBar>
  );
}
