/** Lists of the API for components, apart from other reads: the first page needs none. */
import { type InfiniteData, useInfiniteQuery } from '@tanstack/react-query';
import { type Answer, type Arguments, call, type OperationId } from './api.ts';

interface Page {
  readonly data: readonly unknown[];
  readonly page: { readonly nextCursor: string | null };
}

/** The operations that answer with a page. */
export type ListId = { [Id in OperationId]: Answer<Id> extends Page ? Id : never }[OperationId];
export type EntryOf<Id extends ListId> = Answer<Id> extends { data: (infer Entry)[] } ? Entry : never;

/** A list that grows by its pages. */
export function useList<Id extends ListId>(
  operationId: Id,
  query: Readonly<Record<string, unknown>> = {},
  path?: Readonly<Record<string, string>>,
) {
  return useInfiniteQuery({
    queryKey: [operationId, { query, path }] as const,
    queryFn: ({ pageParam }) => {
      const input = { query: pageParam === null ? query : { ...query, cursor: pageParam }, ...(path && { path }) };
      return call(operationId, ...([input] as unknown[] as Arguments<Id>)) as Promise<Page>;
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ page }) => page.nextCursor,
    select: ({ pages }: InfiniteData<Page>) => pages.flatMap(({ data }) => data) as EntryOf<Id>[],
  });
}
