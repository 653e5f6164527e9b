/** What a receiver answers to one attempt. */

/** `status`: an answer that is neither success nor one of the others. */
export const FAILURE_REASONS = ['status', 'redirected', 'gone', 'timeout', 'unreachable', 'address_refused'] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** What came of one attempt. */
export type Answer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly retryAfterSeconds: number | null;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'none';
      readonly reason: Extract<FailureReason, 'timeout' | 'unreachable' | 'address_refused'>;
      readonly durationMs: number;
    };
