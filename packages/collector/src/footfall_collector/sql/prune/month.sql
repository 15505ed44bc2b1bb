-- Of a month that has lost its first days the rest is not its installs: it is not told at all.
UPDATE activity
SET first_in_month = 0
WHERE day >= :day AND day < :whole_month AND first_in_month > 0;
