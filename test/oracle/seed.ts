/** The seed of the oracles. In charge of which cases an ordinary run sees: the same ones every time, so that a red run is the change's own. */

/** DBAL_ORACLE_SEED replays a run; a longer run (DBAL_ORACLE_RUNS) looks at new cases each time; an ordinary one at these. */
const ordinary = 20_261_121
const { DBAL_ORACLE_SEED: given, DBAL_ORACLE_RUNS: longer } = process.env

export const seed = given !== undefined ? Number(given) : longer !== undefined ? Date.now() % 2 ** 31 : ordinary
