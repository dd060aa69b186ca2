INSERT INTO iceberg.analytics.daily_routes
  (flight_date, origin, destination, flights, distance_miles, worst_delay_minutes)
SELECT
  CAST(date AS date) AS flight_date,
  origin,
  destination,
  count(*) AS flights,
  max(distance) AS distance_miles,
  max(delay) AS worst_delay_minutes
FROM iceberg.raw.flights
WHERE date >= {{ execution_date | sql_date }}
  AND date < {{ date_add(execution_date, 1) | sql_date }}
GROUP BY 1, 2, 3
