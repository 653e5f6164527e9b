import { useBlocker } from '@tanstack/react-router';
import { Download, Printer } from 'lucide-react';
import { useState } from 'react';
import { useTexts } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copying.tsx';
import { Asked } from '../../ui/dialog.tsx';
import { Tick } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Card } from '../../ui/page.tsx';
import { saveFile } from '../../ui/saving.ts';

interface BackupCodesProps {
  readonly codes: readonly string[];
  readonly onSaved: () => void;
}

/** Shown once. Leaving asks, until the person says that they are saved. */
export function BackupCodes({ codes, onSaved }: BackupCodesProps) {
  const { security, actions, portal } = useTexts();
  const [isSaved, setSaved] = useState(false);
  const leaving = useBlocker({ shouldBlockFn: () => true, enableBeforeUnload: true, withResolver: true });
  const text = codes.join('\n');
  return (
    <Card>
      <Notice kind="good">{security.codesReady}</Notice>
      <p>{security.codesAbout}</p>
      <ul dir="ltr" className="grid gap-2 font-mono text-lg sm:grid-cols-2">
        {codes.map((code) => (
          <li key={code} className="select-all rounded-control border border-line bg-page px-3 py-2">
            {code}
          </li>
        ))}
      </ul>
      <div className="no-print flex flex-wrap items-center gap-3">
        <CopyButton text={text} />
        <Button onPress={() => saveFile('backup-codes.txt', new Blob([`${portal}\n\n${text}\n`]))}>
          <Download aria-hidden className="size-5" />
          {actions.download}
        </Button>
        <Button onPress={() => window.print()}>
          <Printer aria-hidden className="size-5" />
          {actions.print}
        </Button>
      </div>
      <div className="no-print space-y-3">
        <Tick label={security.savedThem} isSelected={isSaved} onChange={setSaved} />
        <Button kind="primary" isDisabled={!isSaved} onPress={onSaved}>
          {actions.done}
        </Button>
      </div>
      {leaving.status === 'blocked' && (
        <Asked title={security.leave} isOpen onOpenChange={(isOpen) => !isOpen && leaving.reset()}>
          {() => (
            <>
              <p>{security.leaveAbout}</p>
              <div className="flex flex-wrap gap-3">
                <Button kind="primary" onPress={leaving.reset}>
                  {security.stay}
                </Button>
                <Button kind="danger" onPress={leaving.proceed}>
                  {security.leaveAnyway}
                </Button>
              </div>
            </>
          )}
        </Asked>
      )}
    </Card>
  );
}
