INSERT INTO iceberg.analytics.weekly_airports
  (week_start, place, origin, city, flights, on_time_share, average_delay_minutes)
WITH week AS (
  SELECT
    origin,
    sum(flights) AS flights,
    sum(flights * on_time_share) / CAST(sum(flights) AS double) AS on_time_share,
    sum(flights * average_delay_minutes) / CAST(sum(flights) AS double) AS average_delay_minutes
  FROM {{ ref('iceberg.analytics.daily_flights') }}
  WHERE flight_date BETWEEN {{ week_start_ds | sql_date }} AND {{ date_add(week_start_ds, 6) | sql_date }}
  GROUP BY origin
  HAVING sum(flights) >= {{ minimum_flights }}
)
SELECT
  {{ week_start_ds | sql_date }} AS week_start,
  row_number() OVER (ORDER BY week.on_time_share, week.origin) AS place,
  week.origin,
  airports.city,
  week.flights,
  week.on_time_share,
  week.average_delay_minutes
FROM week
LEFT JOIN iceberg.raw.airports AS airports ON airports.iata = week.origin
ORDER BY place
