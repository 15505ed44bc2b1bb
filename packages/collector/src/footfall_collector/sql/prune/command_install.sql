DELETE FROM command_install
WHERE day < :day;
