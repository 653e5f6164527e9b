-- Extensions, the application's role and the guard that makes a batch fail as a whole.

CREATE EXTENSION IF NOT EXISTS btree_gist;

-- Roles belong to the whole server, so another database on it may have made this one already, or be making it now.
DO $$
BEGIN
  CREATE ROLE patient_portal_app NOLOGIN;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

DO $$
BEGIN
  -- The owner may act as the application: one DATABASE_URL is enough for a self-hoster.
  IF NOT pg_has_role(current_user, 'patient_portal_app', 'MEMBER') THEN
    EXECUTE format('GRANT patient_portal_app TO %I', current_user);
  END IF;
EXCEPTION
  WHEN unique_violation THEN NULL;
END
$$;

GRANT USAGE ON SCHEMA public TO patient_portal_app;

-- Functions that run with the owner's rights name pg_temp last, so that nobody's temporary table stands in for a real
-- one; and nobody needs temporary tables here.
DO $$
BEGIN
  EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END
$$;

-- Every change to an existing aggregate names the version it was decided on. When the guarded statement touched no
-- row, somebody else was faster: raising here rolls the whole batch back.
CREATE FUNCTION require_applied(touched bigint, what text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF touched = 0 THEN
    RAISE EXCEPTION 'stale: %', what USING ERRCODE = 'PP001', CONSTRAINT = what;
  END IF;
END
$$;
