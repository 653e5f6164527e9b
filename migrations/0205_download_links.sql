-- Signed addresses under which a browser opens a file for five minutes (R54). The version before does not know this table.
CREATE TABLE download_links (
  id uuid PRIMARY KEY,
  file_id uuid NOT NULL REFERENCES files ON DELETE CASCADE,
  -- Who has asked for it. It ends with the session.
  user_id uuid NOT NULL REFERENCES users,
  session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
  expires_at timestamptz NOT NULL
);
CREATE INDEX download_links_by_person ON download_links (user_id);
CREATE INDEX download_links_by_file ON download_links (file_id);
CREATE INDEX download_links_by_session ON download_links (session_id);
CREATE INDEX download_links_expiring ON download_links (expires_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON download_links TO patient_portal_app;
