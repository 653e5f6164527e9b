-- A restore from a backup may have lost published checkpoints that only others know: sealing stops until an operator decides.
ALTER TABLE audit_log DROP CONSTRAINT audit_log_stopped_by_check;
ALTER TABLE audit_log ADD CONSTRAINT audit_log_stopped_by_check CHECK (stopped_by IN ('file_storage', 'witness', 'restore'));
