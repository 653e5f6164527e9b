import { call } from '../../app/api.ts';
import { useTexts } from '../../texts/texts.tsx';
import { LinkPage } from './link-page.tsx';

export default function ConfirmEmailChange() {
  const { emailChange } = useTexts();
  return (
    <LinkPage
      title={emailChange.title}
      submit={emailChange.submit}
      done={emailChange.done}
      onSend={async (token) => {
        await call('confirmEmailChange', { body: { token } });
      }}
    />
  );
}
