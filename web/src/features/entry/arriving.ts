/** What a link of a mail brings: its token is in the fragment, which browsers send nowhere. */
import { useState } from 'react';

/** Kept here, because a page that is rendered twice before it is shown reads the address twice. */
let arrived: { readonly path: string; readonly token: string } | null = null;

/** @returns `null` if the link is not complete. The address is cleaned, so that the token is not in the history. */
export function useLinkToken(): string | null {
  const [token] = useState(() => {
    const { hash, pathname, search } = window.location;
    const found = new URLSearchParams(hash.slice(1)).get('token');
    if (found !== null) {
      arrived = { path: pathname, token: found };
      window.history.replaceState(window.history.state, '', pathname + search);
    }
    return arrived?.path === pathname ? arrived.token : null;
  });
  return token;
}

/** Where somebody wanted to go before signing in; only paths of the portal. */
export function nextPath(): string {
  const next = new URLSearchParams(window.location.search).get('next') ?? '/';
  return /^\/(?![/\\])/.test(next) ? next : '/';
}
