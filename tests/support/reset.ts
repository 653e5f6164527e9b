/** Returns a used database to the state after the migrations, in a few milliseconds. */

/** Copies the rows that migrations insert, and the names of all tables; tables without such rows have no copy. */
export const KEEP_SEED = `
  CREATE SCHEMA test_seed;
  CREATE SCHEMA test_tables;
  CREATE TABLE test_tables.names AS SELECT tablename FROM pg_tables WHERE schemaname = 'public';
  DO $$
  DECLARE found record; filled boolean;
  BEGIN
    FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migrations' LOOP
      EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', found.tablename) INTO filled;
      IF filled THEN EXECUTE format('CREATE TABLE test_seed.%1$I AS TABLE public.%1$I', found.tablename); END IF;
    END LOOP;
  END $$;
`;

/**
 * Drops tables that a test has added, deletes every row, restores the seed and restarts sequences, with triggers and foreign
 * keys switched off.
 */
export const RESET = `
  RESET ROLE;
  SET session_replication_role = replica;
  DO $$
  DECLARE found record; filled boolean; copied text;
  BEGIN
    FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' EXCEPT TABLE test_tables.names LOOP
      EXECUTE format('DROP TABLE public.%I CASCADE', found.tablename);
    END LOOP;
    FOR found IN
      SELECT tablename, to_regclass(format('test_seed.%I', tablename)) IS NOT NULL AS has_seed
      FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migrations'
    LOOP
      EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', found.tablename) INTO filled;
      IF filled THEN EXECUTE format('DELETE FROM public.%I', found.tablename); END IF;
      IF found.has_seed THEN
        SELECT string_agg(quote_ident(column_name), ', ') INTO copied FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = found.tablename AND is_generated = 'NEVER';
        EXECUTE format('INSERT INTO public.%1$I (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM test_seed.%1$I',
          found.tablename, copied);
      END IF;
    END LOOP;
    FOR found IN SELECT format('%I.%I', schemaname, sequencename) AS name, start_value FROM pg_sequences WHERE schemaname = 'public' LOOP
      PERFORM setval(found.name, found.start_value, false);
    END LOOP;
  END $$;
  SET session_replication_role = DEFAULT;
`;
