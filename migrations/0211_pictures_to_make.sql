-- Outside a transaction
-- Pictures whose thumbnails were never queued.
CREATE INDEX CONCURRENTLY IF NOT EXISTS files_without_thumbnails ON files (id)
  WHERE thumbnails IS NULL AND NOT thumbnails_queued AND state = 'clean' AND mime_type IN ('image/png', 'image/jpeg', 'image/webp');
-- Persons whose picture is kept as it was uploaded.
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_former_avatar ON users (id) WHERE avatar_key IS NOT NULL;
