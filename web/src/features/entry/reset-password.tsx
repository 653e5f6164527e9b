import { call } from '../../app/api.ts';
import { useTexts } from '../../texts/texts.tsx';
import { TextLink } from '../../ui/button.tsx';
import { PasswordField } from '../../ui/field.tsx';
import { LinkPage } from './link-page.tsx';

export default function ResetPassword() {
  const { reset, register, forgot } = useTexts();
  return (
    <LinkPage
      title={reset.title}
      submit={reset.submit}
      done={reset.done}
      onSend={async (token, { newPassword = '' }) => {
        await call('resetPassword', { body: { token, newPassword } });
      }}
      otherwise={<TextLink href="/forgot-password">{forgot.submit}</TextLink>}
    >
      <PasswordField
        name="newPassword"
        label={reset.newPassword}
        help={register.passwordHelp}
        autoComplete="new-password"
      />
    </LinkPage>
  );
}
