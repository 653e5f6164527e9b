-- Whether files may be shared by links that open without a sign-in. The version before does not make such links.
ALTER TABLE clinic_settings ADD COLUMN public_file_links boolean NOT NULL DEFAULT false;
