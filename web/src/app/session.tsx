/** Who is signed in. */
import { useQuery } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect } from 'react';
import { useSpoken } from '../texts/texts.tsx';
import { type Answer, call, noteSession, onSignedOut, Refused } from './api.ts';
import { isLanguage, showPreferences } from './appearance.ts';
import { queryClient } from './queries.ts';

export type Person = Answer<'getMe'>;

interface Session {
  /** `undefined` while it is not known, `null` for nobody. */
  readonly person: Person | null | undefined;
}

const SessionContext = createContext<Session>({ person: undefined });
export const SESSION_QUERY = ['session'] as const;

/** Tells the other tabs. */
const channel = new BroadcastChannel('portal-session');

export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const { speak } = useSpoken();
  const { data: person } = useQuery({
    queryKey: SESSION_QUERY,
    queryFn: async () => {
      try {
        return await call('getMe');
      } catch (error) {
        if (error instanceof Refused && error.problem.status === 401) return null;
        throw error;
      }
    },
    staleTime: 60_000,
  });
  useEffect(() => {
    onSignedOut(forget);
    channel.onmessage = ({ data }) =>
      data === 'signed-out' ? forget() : queryClient.invalidateQueries({ queryKey: SESSION_QUERY });
    // A page from the back-forward cache may be of a session that has ended.
    const shown = ({ persisted }: PageTransitionEvent) => {
      if (persisted) window.location.reload();
    };
    window.addEventListener('pageshow', shown);
    return () => window.removeEventListener('pageshow', shown);
  }, []);
  const id = person?.id;
  const language = person?.language.slice(0, 2);
  useEffect(() => {
    if (id === undefined) return;
    if (language !== undefined && isLanguage(language)) speak(language);
    void call('getPreferences', { path: { id } }).then(showPreferences, () => {});
  }, [id, language, speak]);
  return <SessionContext value={{ person }}>{children}</SessionContext>;
}

export const useSession = (): Session => useContext(SessionContext);

/** Of pages that only signed-in people see. */
export function usePerson(): Person {
  const { person } = useSession();
  if (person == null) throw new Error('nobody is signed in');
  return person;
}

/** Nothing of a person stays on the page after the session. */
function forget(): void {
  noteSession(false);
  queryClient.setQueryData(SESSION_QUERY, null);
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_QUERY[0] });
}

export async function signedIn(): Promise<void> {
  noteSession(true);
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_QUERY[0] });
  await queryClient.fetchQuery({ queryKey: SESSION_QUERY, queryFn: () => call('getMe'), staleTime: 0 });
  channel.postMessage('signed-in');
}

export async function signOut(): Promise<void> {
  await call('signOut', {}).catch((error: unknown) => {
    if (!(error instanceof Refused)) throw error;
  });
  channel.postMessage('signed-out');
  // Everything is loaded anew, so that memory holds nothing either.
  window.location.replace('/login?left=1');
}
