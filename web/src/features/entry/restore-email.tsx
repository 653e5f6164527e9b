import { call } from '../../app/api.ts';
import { useTexts } from '../../texts/texts.tsx';
import { LinkPage } from './link-page.tsx';

export default function RestoreEmail() {
  const { emailChange } = useTexts();
  return (
    <LinkPage
      title={emailChange.restoreTitle}
      about={emailChange.restoreAbout}
      submit={emailChange.restoreSubmit}
      done={emailChange.restored}
      onSend={async (token) => {
        await call('restoreEmail', { body: { token } });
      }}
    />
  );
}
