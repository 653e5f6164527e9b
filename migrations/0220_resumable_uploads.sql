-- Which request appends to an upload: its attempt. NULL: none does. The version before neither reads nor writes it.
ALTER TABLE files ADD COLUMN appending text;
