/** Commands of the API for components. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { type Answer, type Arguments, call, type Input, newIdempotencyKey, type OperationId, Refused } from './api.ts';

/**
 * A command. What was read is read again after it.
 * @param idempotent whether an idempotency key is sent, which is kept until the command succeeds
 */
export function useCommand<Id extends OperationId>(operationId: Id, { idempotent = false } = {}) {
  const client = useQueryClient();
  const key = useRef<string | null>(null);
  return useMutation({
    mutationFn: (input: Input<Id>): Promise<Answer<Id>> => {
      key.current ??= newIdempotencyKey();
      const header = {
        ...(input as { header?: object }).header,
        ...(idempotent && { 'Idempotency-Key': key.current }),
      };
      return call(operationId, ...([{ ...input, header }] as unknown[] as Arguments<Id>));
    },
    onSuccess: () => {
      key.current = null;
      return client.invalidateQueries();
    },
    onError: (error) => {
      // Another attempt after a refusal is another command.
      if (error instanceof Refused) key.current = null;
    },
  });
}
