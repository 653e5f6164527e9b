/** Reads of the API for components. */
import { QueryClient, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { type Answer, type Arguments, call, type OperationId, Refused } from './api.ts';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // A refusal is an answer; a lost connection is tried again.
      retry: (failures, error) => !(error instanceof Refused) && failures < 2,
    },
  },
});

const queryOf = <Id extends OperationId>(operationId: Id, input: Arguments<Id>) => ({
  queryKey: [operationId, input[0] ?? {}] as const,
  queryFn: () => call(operationId, ...input),
});

export function useRead<Id extends OperationId>(operationId: Id, ...input: Arguments<Id>) {
  return useQuery(queryOf(operationId, input));
}

/** Suspends until it is there; the nearest boundary shows failures. */
export function useLoaded<Id extends OperationId>(operationId: Id, ...input: Arguments<Id>): Answer<Id> {
  return useSuspenseQuery(queryOf(operationId, input)).data as Answer<Id>;
}
