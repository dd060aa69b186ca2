-- DuckDB SQL: a spec without execution.dialect is written in the dialect of its warehouse.
INSERT INTO iceberg.analytics.delay_histogram
WITH delays AS (
  SELECT
    date::date AS flight_date,
    delay::tinyint AS delay_minutes
  FROM iceberg.raw.flights
  WHERE date >= {{ execution_date | sql_date }}
    AND date < {{ date_add(execution_date, 1) | sql_date }}
)
SELECT flight_date, delay_minutes, count(*) AS flights
FROM delays
GROUP BY ALL
