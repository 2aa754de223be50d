import fc from 'fast-check';

/**
 * Loaded before each test file of a short run: its properties try the same cases every time, so that a change is judged by what it
 * changes and not by what chance finds; `npm run test:long` and FLASHCASE_SEED try others.
 */
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.FLASHCASE_SEED ?? 1) });
