import { useTexts } from '../../texts/texts.tsx';
import { Choice } from '../../ui/choice.tsx';
import type { PatientFile } from './file-facts.tsx';

type Type = PatientFile['fileType'];

const TYPES: readonly Type[] = ['medical_record', 'lab_result', 'prescription', 'imaging', 'insurance', 'other'];

export const isFileType = (text: string | undefined): text is Type => TYPES.some((type) => type === text);

export function FileType({ defaultValue = 'other' }: { readonly defaultValue?: Type }) {
  const { documents } = useTexts();
  return (
    <Choice
      name="fileType"
      label={documents.kind}
      defaultValue={defaultValue}
      options={TYPES.map((value) => ({ value, label: documents.type[value] }))}
    />
  );
}
