import { fileURLToPath } from 'node:url';

/** Folder of the example; the demo's commands run here. */
export const exampleFolder = fileURLToPath(new URL('..', import.meta.url));

/** The real command line, as it was built. */
export const dliFile = fileURLToPath(new URL('../../../bin/dli.js', import.meta.url));

/** What makes a server's clock run a day behind, for `node --import`. */
export const dayBackFile = new URL('day-back.js', import.meta.url).href;

/** The raw data: 3,000,000 flights. */
export const flightsFile = fileURLToPath(
  new URL('../../../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url),
);
