/** Refusals of input, field by field. */

/** An invalid field, with its RFC 6901 JSON pointer into the request body. */
export interface FieldError {
  readonly pointer: string;
  readonly code:
    | 'invalid'
    | 'out_of_range'
    | 'too_long'
    | 'too_many'
    | 'unknown_zone'
    | 'unknown_type'
    | 'unknown_location'
    | 'unknown_doctor'
    | 'unknown_question'
    | 'required'
    | 'other_zone'
    | 'nonexistent_date'
    | 'end_before_start'
    | 'overlap'
    /** Contradicts another field. */
    | 'conflict'
    | 'first_date_missing';
  readonly message: string;
}

export type InvalidFields = { readonly code: 'invalid_fields'; readonly errors: readonly FieldError[] };
