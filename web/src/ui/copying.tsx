import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { useTexts } from '../texts/texts.tsx';
import { Button } from './button.tsx';

/** Copies, and says so. */
export function CopyButton({ text, label }: { readonly text: string; readonly label?: string }) {
  const { actions } = useTexts();
  const [state, setState] = useState<'ready' | 'copied' | 'refused'>('ready');
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setState('copied'),
      () => setState('refused'),
    );
  return (
    <>
      <Button onPress={() => void copy()}>
        {state === 'copied' ? <Check aria-hidden className="size-5" /> : <Copy aria-hidden className="size-5" />}
        {label ?? actions.copy}
      </Button>
      <span role="status" className="text-sm text-mute">
        {state === 'copied' && actions.copied}
        {state === 'refused' && actions.notCopied}
      </span>
    </>
  );
}

/** A secret as text: it can be selected, and wraps. */
export function Secret({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <figure className="space-y-2">
      <figcaption className="font-medium">{label}</figcaption>
      <code dir="ltr" className="block rounded-control border border-line bg-page p-3 break-all select-all">
        {text}
      </code>
      <div className="no-print flex flex-wrap items-center gap-3">
        <CopyButton text={text} />
      </div>
    </figure>
  );
}
