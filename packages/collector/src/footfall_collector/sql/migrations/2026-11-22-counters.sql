-- Counters only: no table has a row for a report, an install or a moment. Days are UTC, YYYY-MM-DD.
-- A column named first_in_week (first_in_month) counts installs that were there for the first time in that window:
-- summed over the window's days it is the number of its installs.

CREATE TABLE activity (
  project TEXT NOT NULL,
  day TEXT NOT NULL,
  installs INTEGER NOT NULL,
  new INTEGER NOT NULL,
  first_in_week INTEGER NOT NULL,
  first_in_month INTEGER NOT NULL,
  PRIMARY KEY (project, day)
) WITHOUT ROWID;

-- Installs of an ISO week by their age in weeks, as their first report in that week said.
CREATE TABLE age (
  project TEXT NOT NULL,
  week TEXT NOT NULL,
  age TEXT NOT NULL,
  installs INTEGER NOT NULL,
  PRIMARY KEY (project, week, age)
) WITHOUT ROWID;

CREATE TABLE environment (
  project TEXT NOT NULL,
  day TEXT NOT NULL,
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  installs INTEGER NOT NULL,
  first_in_week INTEGER NOT NULL,
  PRIMARY KEY (project, day, field, value)
) WITHOUT ROWID;

CREATE TABLE command (
  project TEXT NOT NULL,
  day TEXT NOT NULL,
  command TEXT NOT NULL,
  release TEXT NOT NULL,
  outcome TEXT NOT NULL,
  runs INTEGER NOT NULL,
  first_in_week INTEGER NOT NULL,
  PRIMARY KEY (project, day, command, release, outcome)
) WITHOUT ROWID;

-- Apart from command: one install is in several of its cells, so that they do not add up to installs of a command.
CREATE TABLE command_install (
  project TEXT NOT NULL,
  day TEXT NOT NULL,
  command TEXT NOT NULL,
  first_in_week INTEGER NOT NULL,
  PRIMARY KEY (project, day, command)
) WITHOUT ROWID;

CREATE TABLE flag (
  project TEXT NOT NULL,
  day TEXT NOT NULL,
  command TEXT NOT NULL,
  flag TEXT NOT NULL,
  runs INTEGER NOT NULL,
  first_in_week INTEGER NOT NULL,
  PRIMARY KEY (project, day, command, flag)
) WITHOUT ROWID;

CREATE TABLE duration (
  project TEXT NOT NULL,
  day TEXT NOT NULL,
  command TEXT NOT NULL,
  bucket TEXT NOT NULL,
  runs INTEGER NOT NULL,
  first_in_week INTEGER NOT NULL,
  PRIMARY KEY (project, day, command, bucket)
) WITHOUT ROWID;

CREATE TABLE error (
  project TEXT NOT NULL,
  day TEXT NOT NULL,
  command TEXT NOT NULL,
  kind TEXT NOT NULL,
  runs INTEGER NOT NULL,
  first_in_week INTEGER NOT NULL,
  PRIMARY KEY (project, day, command, kind)
) WITHOUT ROWID;

CREATE TABLE event (
  project TEXT NOT NULL,
  day TEXT NOT NULL,
  event TEXT NOT NULL,
  runs INTEGER NOT NULL,
  first_in_week INTEGER NOT NULL,
  PRIMARY KEY (project, day, event)
) WITHOUT ROWID;

CREATE TABLE event_field (
  project TEXT NOT NULL,
  day TEXT NOT NULL,
  event TEXT NOT NULL,
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  runs INTEGER NOT NULL,
  first_in_week INTEGER NOT NULL,
  PRIMARY KEY (project, day, event, field, value)
) WITHOUT ROWID;

-- SHA-256 of the keys of parts that were counted, with the day on which they came in.
CREATE TABLE seen_key (
  hash BLOB NOT NULL PRIMARY KEY,
  day TEXT NOT NULL
) WITHOUT ROWID;
