import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './app/queries.ts';
import { router } from './app/router.tsx';
import { SessionProvider } from './app/session.tsx';
import './styles.css';
import { TextsProvider } from './texts/texts.tsx';

// A part of an older version is gone after a deployment: load the new one, once.
window.addEventListener('vite:preloadError', (event) => {
  const last = Number(sessionStorage.getItem('portal-reloaded') ?? 0);
  if (Date.now() - last < 60_000) return;
  event.preventDefault();
  sessionStorage.setItem('portal-reloaded', String(Date.now()));
  window.location.reload();
});

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <TextsProvider>
        <SessionProvider>
          <RouterProvider router={router} />
        </SessionProvider>
      </TextsProvider>
    </QueryClientProvider>
  </StrictMode>,
);
