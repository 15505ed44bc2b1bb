INSERT INTO seen_key (hash, day)
VALUES (?, ?)
ON CONFLICT (hash) DO NOTHING;
