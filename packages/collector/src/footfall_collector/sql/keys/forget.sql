DELETE FROM seen_key
WHERE hash >= :from_hash AND hash < :to_hash AND day < :day;
