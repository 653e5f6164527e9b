-- Outside a transaction
-- `waitlist_entries_last_wanted` finds by what is wanted; the wishes of one doctor are found by `waitlist_entries_by_doctor`.
DROP INDEX CONCURRENTLY IF EXISTS waitlist_entries_wanted;
-- `waitlist_entries_by_state` has the same order for each state, and `waitlist_entries_open` for the open ones.
DROP INDEX CONCURRENTLY IF EXISTS waitlist_entries_by_rank;
DROP INDEX CONCURRENTLY IF EXISTS waitlist_entries_waiting;
