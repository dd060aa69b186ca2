INSERT INTO iceberg.analytics.daily_flights (flight_date, origin, flights, on_time_share, average_delay_minutes)
SELECT
  CAST(date AS date) AS flight_date,
  origin,
  count(*) AS flights,
  CAST(count_if(delay < {{ on_time_minutes }}) AS double) / count(*) AS on_time_share,
  avg(delay) AS average_delay_minutes
FROM iceberg.raw.flights
WHERE date >= {{ execution_date | sql_date }}
  AND date < {{ date_add(execution_date, 1) | sql_date }}
GROUP BY 1, 2
