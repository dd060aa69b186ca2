import { fileURLToPath } from 'node:url';

/** This repository's folder. */
export const repository = fileURLToPath(new URL('../..', import.meta.url));
