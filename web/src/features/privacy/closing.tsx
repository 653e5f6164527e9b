import { useState } from 'react';
import { call } from '../../app/api.ts';
import { signOut, usePerson } from '../../app/session.tsx';
import { useTexts } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { Asking } from '../../ui/dialog.tsx';
import { Tick } from '../../ui/field.tsx';
import { Form } from '../../ui/form.tsx';
import { Card } from '../../ui/page.tsx';

/** Closing the account, after its consequences. */
export function Closing() {
  const { privacy } = useTexts();
  const { id } = usePerson();
  const [isSure, setSure] = useState(false);
  return (
    <Card>
      <h2>{privacy.close}</h2>
      <Consequences />
      <Asking trigger={<Button kind="danger">{privacy.close}</Button>} title={privacy.closeTitle}>
        {(close) => (
          <>
            <Consequences />
            <Tick label={privacy.closeSure} isSelected={isSure} onChange={setSure} />
            {isSure ? (
              <Form
                kind="danger"
                submit={privacy.closeSubmit}
                beside={<Button onPress={close}>{privacy.closeKeep}</Button>}
                onSend={async () => {
                  await call('closeAccount', { path: { id } });
                  await signOut();
                }}
              >
                {null}
              </Form>
            ) : (
              <Button onPress={close}>{privacy.closeKeep}</Button>
            )}
          </>
        )}
      </Asking>
    </Card>
  );
}

function Consequences() {
  const { privacy } = useTexts();
  return (
    <ul className="list-disc space-y-1 ps-5">
      {privacy.closeEffects.map((effect) => (
        <li key={effect}>{effect}</li>
      ))}
    </ul>
  );
}
