/** The routes of the pages: who sees them, and what is shown until they are there. */
import { createRootRoute, createRoute, createRouter, Navigate } from '@tanstack/react-router';
import { type ComponentType, lazy, type ReactNode, Suspense } from 'react';
import { useTexts } from '../texts/texts.tsx';
import { ButtonLink } from '../ui/button.tsx';
import { Failing } from '../ui/failing.tsx';
import { Page, Skeleton } from '../ui/page.tsx';
import { Layout } from './layout.tsx';
import { type LoadPage, OPEN_PAGES, OWN_PAGES } from './pages.ts';
import { useSession } from './session.tsx';

const rootRoute = createRootRoute({ component: Layout, notFoundComponent: NotFound });

function routesOf(pages: Readonly<Record<string, LoadPage>>, Frame: ComponentType<{ children: ReactNode }>) {
  return Object.entries(pages).map(([path, load]) => {
    const Shown = lazy(load);
    const component = () => (
      <Frame>
        <Failing>
          <Suspense fallback={<Loading />}>
            <Shown />
          </Suspense>
        </Failing>
      </Frame>
    );
    return createRoute({ getParentRoute: () => rootRoute, path, component });
  });
}

function Loading() {
  return (
    <div className="mx-auto max-w-3xl px-4 py-6">
      <Skeleton />
    </div>
  );
}

function Anybody({ children }: { readonly children: ReactNode }) {
  return children;
}

/** Others sign in first, and then come back. */
function SignedIn({ children }: { readonly children: ReactNode }) {
  const { person } = useSession();
  if (person === undefined) return <Loading />;
  if (person === null) return <Navigate to="/login" search={whereTo() as never} replace />;
  return children;
}

/** Back to the page that was asked for; the start needs no name. */
function whereTo(): { readonly next?: string } {
  const { pathname, search } = window.location;
  return pathname === '/' ? {} : { next: pathname + search };
}

function NotFound() {
  const { states } = useTexts();
  return (
    <Page title={states.notFound} width="narrow">
      <p>{states.notFoundHelp}</p>
      <ButtonLink kind="primary" href="/">
        {states.toStart}
      </ButtonLink>
    </Page>
  );
}

export const router = createRouter({
  routeTree: rootRoute.addChildren([...routesOf(OPEN_PAGES, Anybody), ...routesOf(OWN_PAGES, SignedIn)]),
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultNotFoundComponent: NotFound,
});
