-- The clinic's legal texts. A version is never changed and never deleted: what somebody agreed to must stay readable.
CREATE TABLE legal_texts (
  kind text NOT NULL CHECK (kind ~ '^[a-z][a-z0-9_]{0,31}$'),
  version text NOT NULL CHECK (version ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$'),
  acceptance text NOT NULL CHECK (acceptance IN ('required', 'optional')),
  valid_from timestamptz NOT NULL,
  -- [{ "language", "title", "text" }], the first for whoever reads none of the languages.
  texts jsonb NOT NULL CHECK (jsonb_typeof(texts) = 'array' AND jsonb_array_length(texts) > 0),
  published_at timestamptz NOT NULL,
  published_by uuid,
  CONSTRAINT legal_texts_pkey PRIMARY KEY (kind, version)
);
GRANT SELECT, INSERT ON legal_texts TO patient_portal_app;

CREATE INDEX consents_by_text ON consents (kind, version, at DESC, id DESC);

-- What a clinic begins with, and replaces by its own.
INSERT INTO legal_texts (kind, version, acceptance, valid_from, texts, published_at) VALUES
('terms', '1', 'required', 'epoch', jsonb_build_array(jsonb_build_object('language', 'en', 'title', 'Terms of use', 'text',
$$# Terms of use

These are the terms on which the clinic offers you this portal.

## What the portal is for
You can find and book appointments, change and cancel them, and see who looked at your record. The portal is not for emergencies: call the emergency number of your country.

## Your account
- Register with your own name and an e-mail address that only you can read.
- Keep your password and codes to yourself. Switch on two-step sign-in if you can.
- Tell the clinic at once if somebody else may have used your account.

## Appointments
Cancel an appointment that you cannot keep, as early as you can, so that somebody else can have the time.

## What the clinic does
The clinic keeps the portal running with reasonable care and may close it for maintenance. It may close an account that is misused.

## Changes
When these terms change, the portal shows you the new version and asks you to accept it. Every version stays readable.$$)), 'epoch'),
('privacy', '1', 'required', 'epoch', jsonb_build_array(jsonb_build_object('language', 'en', 'title', 'Privacy notice', 'text',
$$# Privacy notice

The clinic that runs this portal is responsible for your data. Ask its reception for the name and address of its data protection officer.

## What is stored
- what you enter: name, e-mail address, date of birth, phone, address, why you come
- your appointments, and what the clinic notes about them
- how you sign in: devices, places, times
- messages sent to you, and what you agreed to
- who looked at your record or changed it

## Why
To treat you (GDPR Art. 6(1)(b) and 9(2)(h)), because the law asks for it (Art. 6(1)(c)), and to keep the portal secure (Art. 6(1)(f)).

## Who receives it
The people of the clinic who need it, and the services that send e-mails and text messages for the clinic. Nothing is sold.

## How long
As long as you have an account. What the law on medical records asks for is kept for as long as it asks. Sign-in records and messages are deleted after the times that the clinic has set.

## Your rights
You can see and correct your data, fetch a copy of it, see who looked at it, restrict its use, object to what is optional, withdraw a consent, and close your account. You can complain to a supervisory authority.$$)), 'epoch'),
('cookies', '1', 'optional', 'epoch', jsonb_build_array(jsonb_build_object('language', 'en', 'title', 'Cookies', 'text',
$$# Cookies

The portal uses only cookies that it needs to work.

- One keeps you signed in. It ends when you sign out, or after the time that the clinic has set.
- One recognises this browser, so that signing in is safer and nobody can keep you out by guessing passwords.

There are no cookies for advertising or statistics.$$)), 'epoch');
