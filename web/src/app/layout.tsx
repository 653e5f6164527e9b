import { Outlet, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { RouterProvider } from 'react-aria-components';
import { IdentityProof } from '../features/security/proof.tsx';
import { useTexts } from '../texts/texts.tsx';
import { useRead } from './queries.ts';
import { useSession } from './session.tsx';

/** For people who are signed in: who signs in does not wait for it. */
const Menu = lazy(() => import('./menu.tsx'));

/** The frame of every page. */
export function Layout() {
  const texts = useTexts();
  const navigate = useNavigate();
  const { person } = useSession();
  return (
    <RouterProvider navigate={(href) => void navigate({ to: href })}>
      <a
        href="#content"
        className="absolute start-2 top-0 z-30 -translate-y-full rounded-b-control bg-brand px-4 py-2 text-on-brand focus:translate-y-0"
      >
        {texts.skip}
      </a>
      {person == null ? (
        <PlainHeader />
      ) : (
        <Suspense>
          <Menu />
        </Suspense>
      )}
      <main id="content" className={`pb-24 ${person == null ? '' : 'md:ps-56 md:pb-6'}`}>
        <Outlet />
      </main>
      <IdentityProof />
    </RouterProvider>
  );
}

function PlainHeader() {
  const { portal } = useTexts();
  const { data: clinic } = useRead('getClinic');
  return (
    <header className="border-b border-line bg-surface px-4 py-3">
      <p className="mx-auto max-w-3xl text-lg font-semibold text-brand">{clinic?.name ?? portal}</p>
    </header>
  );
}
