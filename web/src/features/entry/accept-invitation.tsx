import { call } from '../../app/api.ts';
import { useTexts } from '../../texts/texts.tsx';
import { PasswordField } from '../../ui/field.tsx';
import { LinkPage } from './link-page.tsx';

export default function AcceptInvitation() {
  const { invitation, register, signIn } = useTexts();
  return (
    <LinkPage
      {...invitation}
      onSend={async (token, { password = '' }) => {
        await call('acceptInvitation', { body: { token, password } });
      }}
    >
      <PasswordField name="password" label={signIn.password} help={register.passwordHelp} autoComplete="new-password" />
    </LinkPage>
  );
}
