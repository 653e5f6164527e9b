-- As every table with sealed columns: what is no box is refused, and so is a box of format 1 once all are bound (ADR 0107).
ALTER TABLE email_changes ADD CONSTRAINT email_changes_sealed CHECK (is_sealed(new_email) AND is_sealed(previous_email));
