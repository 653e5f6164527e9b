import { callForAll } from '../../app/api.ts';
import { useCommand } from '../../app/commands.ts';
import { filled, useTexts } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { Asking } from '../../ui/dialog.tsx';
import { Ending } from '../../ui/ending.tsx';
import { Field } from '../../ui/field.tsx';
import { Form } from '../../ui/form.tsx';
import type { PatientFile } from './file-facts.tsx';
import { FileType, isFileType } from './file-type.tsx';

interface ChangeProps {
  readonly file: PatientFile;
  readonly onDone: () => void;
}

export function Describing({ file: { id, description, fileType }, onDone }: ChangeProps) {
  const { documents, actions, me } = useTexts();
  const update = useCommand('updateFile');
  return (
    <Asking trigger={<Button>{documents.describe}</Button>} title={documents.describe}>
      {(close) => (
        <Form
          submit={me.save}
          beside={<Button onPress={close}>{actions.back}</Button>}
          onSend={async ({ description: text, fileType: type }) => {
            const { etag } = await callForAll('getFile', { path: { id } });
            await update.mutateAsync({
              path: { id },
              header: { 'If-Match': etag ?? '*' },
              body: { description: text ?? null, ...(isFileType(type) && { fileType: type }) },
            });
            close();
            onDone();
          }}
        >
          <Field
            name="description"
            label={documents.description}
            isRequired={false}
            isLong
            defaultValue={description ?? ''}
            maxLength={500}
          />
          <FileType defaultValue={fileType} />
        </Form>
      )}
    </Asking>
  );
}

export function Deleting({ file: { id, filename }, onDone }: ChangeProps) {
  const { documents } = useTexts();
  return (
    <Ending
      command="deleteFile"
      id={id}
      verb={documents.delete}
      title={documents.deleteTitle}
      about={filled(documents.deleteAbout, { name: filename })}
      onEnded={onDone}
    />
  );
}
