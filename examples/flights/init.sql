-- DuckDB SQL that runs whenever the warehouse opens, before it is locked down: the raw data, as views over files.
-- Paths are relative to basecamp.yaml.
CREATE SCHEMA IF NOT EXISTS iceberg.raw;

-- 3,000,000 flights in the United States, January to June 2001: date, delay (minutes), distance (miles), origin, destination.
CREATE OR REPLACE VIEW iceberg.raw.flights AS
SELECT * FROM read_parquet('../../node_modules/vega-datasets/data/flights-3m.parquet');

-- Airports of the United States: iata, name, city, state, country, latitude, longitude.
CREATE OR REPLACE VIEW iceberg.raw.airports AS
SELECT * FROM read_csv('../../node_modules/vega-datasets/data/airports.csv', header = true, all_varchar = true);
