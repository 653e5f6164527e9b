-- What caused a job: the `traceparent` of the span that committed it (W3C Trace Context). NULL: nothing was traced. The version before
-- neither reads nor writes it.
ALTER TABLE outbox ADD COLUMN trace_parent text;
