-- Notebook sessions, one row for a word of one of their lists, a day: n counts sessions or cells, as the list says.
-- The list "sessions" has the empty word only; its first_in_week counts the installs that had a session at all.

CREATE TABLE notebook (
  project TEXT NOT NULL,
  day TEXT NOT NULL,
  list TEXT NOT NULL,
  word TEXT NOT NULL,
  n INTEGER NOT NULL,
  first_in_week INTEGER NOT NULL,
  PRIMARY KEY (project, day, list, word)
) WITHOUT ROWID;
