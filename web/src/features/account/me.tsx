import { useState } from 'react';
import { Radio, RadioGroup } from 'react-aria-components';
import { callForAll } from '../../app/api.ts';
import { showPreferences } from '../../app/appearance.ts';
import { useCommand } from '../../app/commands.ts';
import { useLoaded } from '../../app/queries.ts';
import { type Person, signOut, usePerson } from '../../app/session.tsx';
import { useTexts } from '../../texts/texts.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Field, Tick } from '../../ui/field.tsx';
import { FailureNotice, Form } from '../../ui/form.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Card, Page, Part } from '../../ui/page.tsx';
import { Picture } from './picture.tsx';

const PLACES = {
  documents: '/documents',
  waitlist: '/waitlist',
  privacy: '/privacy',
  calendar: '/calendar',
  apiKeys: '/api-keys',
} as const;

/** Documents and the waitlist of one's own are for patients; staff and administrators have no appointments. */
function placesOf(role: Person['role']): (keyof typeof PLACES)[] {
  if (role === 'patient') return ['documents', 'waitlist', 'privacy', 'calendar', 'apiKeys'];
  return role === 'doctor' ? ['privacy', 'calendar', 'apiKeys'] : ['privacy', 'apiKeys'];
}

export default function Me() {
  const { account, me, menu, sessions } = useTexts();
  const { role } = usePerson();
  return (
    <Page title={me.title}>
      <Part>
        <Profile />
      </Part>
      <Part>
        <Picture />
      </Part>
      <Card>
        <h2>{me.security}</h2>
        <p>{account.securityAbout}</p>
        <div className="flex flex-wrap gap-3">
          <ButtonLink href="/me/sign-in">{account.signInData}</ButtonLink>
          <ButtonLink href="/mfa">{account.mfa}</ButtonLink>
        </div>
        <p>{me.sessionsAbout}</p>
        <ButtonLink href="/sessions">{sessions.title}</ButtonLink>
      </Card>
      <div className="grid gap-4 sm:grid-cols-2">
        {placesOf(role).map((place) => (
          <Card key={place}>
            <h2>{account[place]}</h2>
            <p>{account[`${place}About`]}</p>
            <ButtonLink href={PLACES[place]}>{account[place]}</ButtonLink>
          </Card>
        ))}
      </div>
      <Part>
        <Appearance />
      </Part>
      <Button onPress={() => void signOut()}>{menu.signOut}</Button>
    </Page>
  );
}

function Profile() {
  const { me, register, signIn } = useTexts();
  const person = usePerson();
  const update = useCommand('updateUser');
  const [isSaved, setSaved] = useState(false);
  return (
    <Card>
      <h2>{me.profile}</h2>
      {person.email !== null && (
        <p>
          <span className="text-mute">{signIn.email}:</span> <span dir="ltr">{person.email}</span>
        </p>
      )}
      {isSaved && <Notice kind="good">{me.saved}</Notice>}
      <Form
        submit={me.save}
        onSend={async ({ firstName = '', lastName = '' }) => {
          setSaved(false);
          const { etag } = await callForAll('getMe');
          await update.mutateAsync({
            path: { id: person.id },
            header: { 'If-Match': etag ?? '' },
            body: { firstName, lastName },
          });
          setSaved(true);
        }}
      >
        <Field name="firstName" label={register.firstName} defaultValue={person.firstName} autoComplete="given-name" />
        <Field name="lastName" label={register.lastName} defaultValue={person.lastName} autoComplete="family-name" />
      </Form>
    </Card>
  );
}

const THEMES = ['system', 'light', 'dark'] as const;

function Appearance() {
  const { me } = useTexts();
  const { id } = usePerson();
  const preferences = useLoaded('getPreferences', { path: { id } });
  const update = useCommand('updatePreferences');
  const choose = (change: Partial<typeof preferences>) => {
    const { theme, highContrast, reducedMotion, dateFormat, timeFormat } = { ...preferences, ...change };
    const body = { theme, highContrast, reducedMotion, dateFormat, timeFormat };
    // Shown at once, and taken back if it is not kept.
    showPreferences(body);
    update.mutate({ path: { id }, body }, { onError: () => showPreferences(preferences) });
  };
  return (
    <Card>
      <h2>{me.appearance}</h2>
      {update.error !== null && <FailureNotice failure={update.error} />}
      <RadioGroup
        aria-label={me.theme}
        value={preferences.theme}
        onChange={(theme) => choose({ theme: theme as (typeof THEMES)[number] })}
        className="space-y-1"
      >
        <p className="font-medium">{me.theme}</p>
        {THEMES.map((theme) => (
          <Radio key={theme} value={theme} className="group flex min-h-11 cursor-pointer items-center gap-3">
            <span
              aria-hidden
              className="size-5 rounded-full border-2 border-control group-selected:border-6 group-selected:border-brand"
            />
            {me.themes[theme]}
          </Radio>
        ))}
      </RadioGroup>
      <Tick
        label={me.contrast}
        isSelected={preferences.highContrast}
        onChange={(highContrast) => choose({ highContrast })}
      />
      <Tick
        label={me.motion}
        isSelected={preferences.reducedMotion}
        onChange={(reducedMotion) => choose({ reducedMotion })}
      />
    </Card>
  );
}
