/** Returns a used database to the state after the migrations, in about two milliseconds. */

/**
 * Copies the rows that migrations insert and the names of all tables, and writes the function that resets. Its statements
 * name the tables, so that a session plans them once; naming them at each call takes ten times as long.
 */
export const KEEP_SEED = `
  CREATE SCHEMA test_seed;
  CREATE SCHEMA test_tables;
  CREATE TABLE test_tables.names AS SELECT tablename FROM pg_tables WHERE schemaname = 'public';
  DO $$
  DECLARE found record; filled boolean; copied text; body text := '';
  BEGIN
    FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migrations' LOOP
      EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', found.tablename) INTO filled;
      body := body || format('IF EXISTS (SELECT FROM public.%1$I) THEN DELETE FROM public.%1$I; END IF;', found.tablename);
      IF filled THEN
        EXECUTE format('CREATE TABLE test_seed.%1$I AS TABLE public.%1$I', found.tablename);
        SELECT string_agg(quote_ident(column_name), ', ') INTO copied FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = found.tablename AND is_generated = 'NEVER';
        body := body || format('INSERT INTO public.%1$I (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM test_seed.%1$I;',
          found.tablename, copied);
      END IF;
    END LOOP;
    FOR found IN SELECT format('%I.%I', schemaname, sequencename) AS name, start_value FROM pg_sequences WHERE schemaname = 'public' LOOP
      body := body || format('PERFORM setval(%L, %s, false);', found.name, found.start_value);
    END LOOP;
    EXECUTE format('CREATE FUNCTION test_tables.reset() RETURNS void LANGUAGE plpgsql AS %L',
      'DECLARE added record; BEGIN
        FOR added IN SELECT tablename FROM pg_tables WHERE schemaname = ''public'' EXCEPT TABLE test_tables.names LOOP
          EXECUTE format(''DROP TABLE public.%I CASCADE'', added.tablename);
        END LOOP;' || body || ' END');
  END $$;
`;

/** Triggers and foreign keys do not act in a session with this setting. Changing it makes the session forget its plans. */
export const WITHOUT_TRIGGERS = 'SET session_replication_role = replica';

/**
 * Drops tables that a test has added, deletes every row, restores the seed and restarts sequences. To be run as the superuser,
 * {@link WITHOUT_TRIGGERS}.
 */
export const RESET = 'SELECT test_tables.reset()';
