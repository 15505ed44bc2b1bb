-- Where a share of the installs sends, parts count for more than one: each counter is kept by one_in, for how many
-- installs the one stands that has sent. What was counted before stands for itself.

CREATE TABLE activity_by_share (
  project TEXT NOT NULL,
  day TEXT NOT NULL,
  one_in INTEGER NOT NULL,
  installs INTEGER NOT NULL,
  new INTEGER NOT NULL,
  first_in_week INTEGER NOT NULL,
  first_in_month INTEGER NOT NULL,
  PRIMARY KEY (project, day, one_in)
) WITHOUT ROWID;

INSERT INTO activity_by_share (project, day, one_in, installs, new, first_in_week, first_in_month)
SELECT project, day, 1, installs, new, first_in_week, first_in_month
FROM activity;

DROP TABLE activity;

ALTER TABLE activity_by_share RENAME TO activity;

CREATE TABLE age_by_share (
  project TEXT NOT NULL,
  week TEXT NOT NULL,
  age TEXT NOT NULL,
  one_in INTEGER NOT NULL,
  installs INTEGER NOT NULL,
  PRIMARY KEY (project, week, age, one_in)
) WITHOUT ROWID;

INSERT INTO age_by_share (project, week, age, one_in, installs)
SELECT project, week, age, 1, installs
FROM age;

DROP TABLE age;

ALTER TABLE age_by_share RENAME TO age;

CREATE TABLE environment_by_share (
  project TEXT NOT NULL,
  day TEXT NOT NULL,
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  one_in INTEGER NOT NULL,
  installs INTEGER NOT NULL,
  first_in_week INTEGER NOT NULL,
  PRIMARY KEY (project, day, field, value, one_in)
) WITHOUT ROWID;

INSERT INTO environment_by_share (project, day, field, value, one_in, installs, first_in_week)
SELECT project, day, field, value, 1, installs, first_in_week
FROM environment;

DROP TABLE environment;

ALTER TABLE environment_by_share RENAME TO environment;

CREATE TABLE command_by_share (
  project TEXT NOT NULL,
  day TEXT NOT NULL,
  command TEXT NOT NULL,
  release TEXT NOT NULL,
  outcome TEXT NOT NULL,
  one_in INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  first_in_week INTEGER NOT NULL,
  PRIMARY KEY (project, day, command, release, outcome, one_in)
) WITHOUT ROWID;

INSERT INTO command_by_share (project, day, command, release, outcome, one_in, runs, first_in_week)
SELECT project, day, command, release, outcome, 1, runs, first_in_week
FROM command;

DROP TABLE command;

ALTER TABLE command_by_share RENAME TO command;

CREATE TABLE command_install_by_share (
  project TEXT NOT NULL,
  day TEXT NOT NULL,
  command TEXT NOT NULL,
  one_in INTEGER NOT NULL,
  first_in_week INTEGER NOT NULL,
  PRIMARY KEY (project, day, command, one_in)
) WITHOUT ROWID;

INSERT INTO command_install_by_share (project, day, command, one_in, first_in_week)
SELECT project, day, command, 1, first_in_week
FROM command_install;

DROP TABLE command_install;

ALTER TABLE command_install_by_share RENAME TO command_install;

CREATE TABLE flag_by_share (
  project TEXT NOT NULL,
  day TEXT NOT NULL,
  command TEXT NOT NULL,
  flag TEXT NOT NULL,
  one_in INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  first_in_week INTEGER NOT NULL,
  PRIMARY KEY (project, day, command, flag, one_in)
) WITHOUT ROWID;

INSERT INTO flag_by_share (project, day, command, flag, one_in, runs, first_in_week)
SELECT project, day, command, flag, 1, runs, first_in_week
FROM flag;

DROP TABLE flag;

ALTER TABLE flag_by_share RENAME TO flag;

CREATE TABLE duration_by_share (
  project TEXT NOT NULL,
  day TEXT NOT NULL,
  command TEXT NOT NULL,
  bucket TEXT NOT NULL,
  one_in INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  first_in_week INTEGER NOT NULL,
  PRIMARY KEY (project, day, command, bucket, one_in)
) WITHOUT ROWID;

INSERT INTO duration_by_share (project, day, command, bucket, one_in, runs, first_in_week)
SELECT project, day, command, bucket, 1, runs, first_in_week
FROM duration;

DROP TABLE duration;

ALTER TABLE duration_by_share RENAME TO duration;

CREATE TABLE error_by_share (
  project TEXT NOT NULL,
  day TEXT NOT NULL,
  command TEXT NOT NULL,
  kind TEXT NOT NULL,
  one_in INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  first_in_week INTEGER NOT NULL,
  PRIMARY KEY (project, day, command, kind, one_in)
) WITHOUT ROWID;

INSERT INTO error_by_share (project, day, command, kind, one_in, runs, first_in_week)
SELECT project, day, command, kind, 1, runs, first_in_week
FROM error;

DROP TABLE error;

ALTER TABLE error_by_share RENAME TO error;

CREATE TABLE event_by_share (
  project TEXT NOT NULL,
  day TEXT NOT NULL,
  event TEXT NOT NULL,
  one_in INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  first_in_week INTEGER NOT NULL,
  PRIMARY KEY (project, day, event, one_in)
) WITHOUT ROWID;

INSERT INTO event_by_share (project, day, event, one_in, runs, first_in_week)
SELECT project, day, event, 1, runs, first_in_week
FROM event;

DROP TABLE event;

ALTER TABLE event_by_share RENAME TO event;

CREATE TABLE event_field_by_share (
  project TEXT NOT NULL,
  day TEXT NOT NULL,
  event TEXT NOT NULL,
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  one_in INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  first_in_week INTEGER NOT NULL,
  PRIMARY KEY (project, day, event, field, value, one_in)
) WITHOUT ROWID;

INSERT INTO event_field_by_share (project, day, event, field, value, one_in, runs, first_in_week)
SELECT project, day, event, field, value, 1, runs, first_in_week
FROM event_field;

DROP TABLE event_field;

ALTER TABLE event_field_by_share RENAME TO event_field;

CREATE TABLE notebook_by_share (
  project TEXT NOT NULL,
  day TEXT NOT NULL,
  list TEXT NOT NULL,
  word TEXT NOT NULL,
  one_in INTEGER NOT NULL,
  n INTEGER NOT NULL,
  first_in_week INTEGER NOT NULL,
  PRIMARY KEY (project, day, list, word, one_in)
) WITHOUT ROWID;

INSERT INTO notebook_by_share (project, day, list, word, one_in, n, first_in_week)
SELECT project, day, list, word, 1, n, first_in_week
FROM notebook;

DROP TABLE notebook;

ALTER TABLE notebook_by_share RENAME TO notebook;
