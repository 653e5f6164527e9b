import { useTexts } from '../../texts/texts.tsx';
import { ButtonLink } from '../../ui/button.tsx';
import { Card, Page, Part } from '../../ui/page.tsx';
import { Closing } from './closing.tsx';
import { Consents } from './consents.tsx';
import { Copies } from './copies.tsx';

export default function Privacy() {
  const { privacy } = useTexts();
  return (
    <Page title={privacy.title}>
      <Card>
        <h2>{privacy.seen}</h2>
        <p>{privacy.seenAbout}</p>
        <ButtonLink href="/privacy/seen">{privacy.seen}</ButtonLink>
      </Card>
      <Part>
        <Copies />
      </Part>
      <Part>
        <Consents />
      </Part>
      <Closing />
    </Page>
  );
}
