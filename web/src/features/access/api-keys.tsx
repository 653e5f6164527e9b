import { useState } from 'react';
import { permissionsOf } from '../../../../domain/shared/permissions.ts';
import type { Input } from '../../app/api.ts';
import { useCommand } from '../../app/commands.ts';
import { momentOf } from '../../app/dates.ts';
import { type EntryOf, useList } from '../../app/lists.ts';
import { usePerson } from '../../app/session.tsx';
import { filled, useSpoken, useTexts } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { Choice } from '../../ui/choice.tsx';
import { Secret } from '../../ui/copying.tsx';
import { Asking } from '../../ui/dialog.tsx';
import { Ending } from '../../ui/ending.tsx';
import { Entries } from '../../ui/entries.tsx';
import { Field, Tick } from '../../ui/field.tsx';
import { Form } from '../../ui/form.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Card, Page } from '../../ui/page.tsx';

type Scope = Input<'createApiKey'>['body']['scopes'][number];

export default function ApiKeys() {
  const { apiKeys } = useTexts();
  const list = useList('listApiKeys');
  const [made, setMade] = useState<{ readonly key: string | null } | null>(null);
  const [isRevoked, setRevoked] = useState(false);
  return (
    <Page title={apiKeys.title}>
      <p>{apiKeys.about}</p>
      {made !== null && <NewKey secret={made.key} />}
      {isRevoked && <Notice kind="good">{apiKeys.revoked}</Notice>}
      <Asking trigger={<Button kind="primary">{apiKeys.create}</Button>} title={apiKeys.create}>
        {(close) => (
          <Making
            onBack={close}
            onMade={(key) => {
              setMade({ key });
              setRevoked(false);
              close();
            }}
          />
        )}
      </Asking>
      <Entries list={list} empty={apiKeys.empty} emptyHelp={apiKeys.emptyHelp}>
        {(key) => <KeyCard apiKey={key} onRevoked={() => setRevoked(true)} />}
      </Entries>
    </Page>
  );
}

function NewKey({ secret }: { readonly secret: string | null }) {
  const { apiKeys } = useTexts();
  if (secret === null) return <Notice kind="warn">{apiKeys.lost}</Notice>;
  return (
    <Card>
      <Notice kind="warn">{apiKeys.readyAbout}</Notice>
      <Secret text={secret} label={apiKeys.ready} />
    </Card>
  );
}

const DAYS = ['7', '30', '90', '365'];

function Making({ onMade, onBack }: { readonly onMade: (key: string | null) => void; readonly onBack: () => void }) {
  const { apiKeys, actions } = useTexts();
  const { role } = usePerson();
  const create = useCommand('createApiKey', { idempotent: true });
  const [scopes, choose] = useState<readonly Scope[]>([]);
  const [isMissing, setMissing] = useState(false);
  const offered = permissionsOf(role).filter((scope): scope is Scope => scope in apiKeys.scope);
  return (
    <Form
      submit={apiKeys.create}
      beside={<Button onPress={onBack}>{actions.back}</Button>}
      onSend={async ({ name = '', days = '90' }) => {
        setMissing(scopes.length === 0);
        if (scopes.length === 0) return;
        const made = await create.mutateAsync({ body: { name, scopes: [...scopes], expiresInDays: Number(days) } });
        onMade(made.key);
      }}
    >
      <Field name="name" label={apiKeys.name} help={apiKeys.nameHelp} maxLength={100} autoFocus />
      <fieldset>
        <legend className="font-medium">{apiKeys.scopes}</legend>
        {isMissing && <Notice kind="bad">{apiKeys.noScope}</Notice>}
        {offered.map((scope) => (
          <Tick
            key={scope}
            label={apiKeys.scope[scope]}
            isSelected={scopes.includes(scope)}
            onChange={(isChosen) => choose(isChosen ? [...scopes, scope] : scopes.filter((other) => other !== scope))}
          />
        ))}
      </fieldset>
      <Choice
        name="days"
        label={apiKeys.expires}
        defaultValue="90"
        options={DAYS.map((value) => ({ value, label: filled(apiKeys.days, { count: value }) }))}
      />
    </Form>
  );
}

interface KeyCardProps {
  readonly apiKey: EntryOf<'listApiKeys'>;
  readonly onRevoked: () => void;
}

function KeyCard({ apiKey, onRevoked }: KeyCardProps) {
  const { texts, language } = useSpoken();
  const { apiKeys } = texts;
  const { name, prefix, scopes, createdAt, expiresAt, lastUsedAt } = apiKey;
  const moment = (instant: string) => momentOf(instant, language);
  const words: Readonly<Record<string, string>> = apiKeys.scope;
  return (
    <Card>
      <h2 dir="auto">{name}</h2>
      <p className="text-mute">
        <bdi>{filled(apiKeys.begins, { prefix })}</bdi>. {filled(apiKeys.made, { when: moment(createdAt) })}.{' '}
        {filled(apiKeys.until, { when: moment(expiresAt) })}.{' '}
        {lastUsedAt === null ? apiKeys.never : filled(apiKeys.used, { when: moment(lastUsedAt) })}.
      </p>
      <ul className="list-disc ps-5">
        {scopes.map((scope) => (
          <li key={scope}>{words[scope] ?? scope}</li>
        ))}
      </ul>
      <Revoking apiKey={apiKey} onRevoked={onRevoked} />
    </Card>
  );
}

function Revoking({ apiKey: { id, name }, onRevoked }: KeyCardProps) {
  const { apiKeys } = useTexts();
  const about = filled(apiKeys.revokeAbout, { name });
  return (
    <Ending
      command="revokeApiKey"
      id={id}
      verb={apiKeys.revoke}
      title={apiKeys.revokeTitle}
      about={about}
      onEnded={onRevoked}
    />
  );
}
