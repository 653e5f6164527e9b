import { type Answer, Refused } from '../../app/api.ts';
import { useCommand } from '../../app/commands.ts';
import { momentOf } from '../../app/dates.ts';
import { useLoaded, useRead } from '../../app/queries.ts';
import { filled, useSpoken, useTexts } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { Asking } from '../../ui/dialog.tsx';
import { FailureNotice } from '../../ui/form.tsx';
import { Badge } from '../../ui/notice.tsx';
import { Card, Empty, Skeleton } from '../../ui/page.tsx';

/** What one has agreed to, and what is still to be decided. */
export function Consents() {
  const { privacy } = useTexts();
  const { data, outstanding } = useLoaded('listConsents', { query: { limit: 100 } });
  const current = data.filter((consent) => consent.current);
  return (
    <section className="space-y-4">
      <h2>{privacy.consents}</h2>
      <p>{privacy.consentsAbout}</p>
      {current.length + outstanding.length === 0 && <Empty title={privacy.consentsNone} />}
      <ul className="space-y-4">
        {outstanding.map((text) => (
          <li key={text.kind}>
            <Outstanding text={text} />
          </li>
        ))}
        {current.map((consent) => (
          <li key={consent.id}>
            <Decided consent={consent} />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface LegalTextOf {
  readonly kind: string;
  readonly version: string;
}

function useLegalText({ kind, version }: LegalTextOf) {
  const { language } = useSpoken();
  return useRead('getLegalText', { path: { kind }, query: { version, language } });
}

function Outstanding({ text }: { readonly text: Answer<'listConsents'>['outstanding'][number] }) {
  const { privacy } = useTexts();
  return (
    <Card>
      <Title of={text} />
      <Badge kind="warn">{text.acceptance === 'required' ? privacy.requiredText : privacy.optionalText}</Badge>
      <p className="text-mute">{filled(privacy.version, { version: text.version })}</p>
      <div className="flex flex-wrap gap-3">
        <Reading of={text} />
        <Deciding of={text} given>
          {privacy.agree}
        </Deciding>
        <Deciding of={text} given={false}>
          {privacy.disagree}
        </Deciding>
      </div>
    </Card>
  );
}

function Decided({ consent }: { readonly consent: Answer<'listConsents'>['data'][number] }) {
  const { texts, language } = useSpoken();
  const { privacy } = texts;
  const { version, given, at } = consent;
  return (
    <Card>
      <Title of={consent} />
      <Badge kind={given ? 'good' : 'info'}>{given ? privacy.agreed : privacy.disagreed}</Badge>
      <p className="text-mute">
        {filled(privacy.version, { version })}, {momentOf(at, language)}
      </p>
      <div className="flex flex-wrap gap-3">
        <Reading of={consent} />
        <Deciding of={consent} given={!given}>
          {given ? privacy.withdraw : privacy.agree}
        </Deciding>
      </div>
    </Card>
  );
}

function Title({ of }: { readonly of: LegalTextOf }) {
  const { data } = useLegalText(of);
  return <h3 dir="auto">{data?.title ?? of.kind}</h3>;
}

interface DecidingProps {
  readonly of: LegalTextOf;
  readonly given: boolean;
  readonly children: string;
}

function Deciding({ of: { kind, version }, given, children }: DecidingProps) {
  const record = useCommand('recordConsent', { idempotent: true });
  return (
    <>
      <Button isPending={record.isPending} onPress={() => record.mutate({ body: { kind, version, given } })}>
        {children}
      </Button>
      {record.error instanceof Refused && <FailureNotice failure={record.error} takesFocus />}
    </>
  );
}

function Reading({ of }: { readonly of: LegalTextOf }) {
  const { privacy, actions } = useTexts();
  const { data, error } = useLegalText(of);
  return (
    <Asking trigger={<Button>{privacy.read}</Button>} title={data?.title ?? of.kind}>
      {(close) => (
        <>
          {error !== null && <FailureNotice failure={error} />}
          {data === undefined && error === null && <Skeleton />}
          {data !== undefined && (
            <div dir="auto" lang={data.language} className="max-h-[60vh] space-y-3 overflow-y-auto">
              {paragraphsOf(data.text).map(({ place, isHeading, text }) =>
                isHeading ? <h3 key={place}>{text}</h3> : <p key={place}>{text}</p>,
              )}
            </div>
          )}
          <Button onPress={close}>{actions.back}</Button>
        </>
      )}
    </Asking>
  );
}

/** Headings and paragraphs are all that legal texts need; the rest of Markdown is shown as it is written. */
function paragraphsOf(markdown: string) {
  return markdown
    .split(/\n{2,}/)
    .map((part, place) => ({ place, isHeading: /^#{1,6} /.test(part), text: part.replace(/^#{1,6} /, '') }));
}
