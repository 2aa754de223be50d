// The floors of docs/map.md: a floor may use the floors below it, never one above, never sideways except as written here.
// swc reads the sources: dependency-cruiser cannot read with TypeScript 7, and then sees no module at all and calls that fine.
const ground = ['errors', 'schema', 'engine'];
const MAY_USE = {
  errors: [],
  schema: ['errors'],
  engine: ['schema', 'errors'],
  study: ['schema', 'errors'],
  notes: ['errors'],
  formats: ['errors', 'notes'],
  search: ['errors'],
  db: [...ground, 'study', 'search'],
  versions: ['revisions', 'schema', 'errors'],
  revisions: [...ground, 'db', 'study'],
  move: [...ground, 'db', 'study', 'revisions'],
  ops: [...ground, 'db', 'study', 'revisions', 'versions', 'move'],
  services: [...ground, 'db', 'study', 'search', 'formats', 'notes', 'revisions', 'versions', 'move', 'ops'],
  http: ['schema', 'errors', 'db', 'services', 'ops', 'move'],
};

export default {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    { name: 'no-orphan-modules', severity: 'error', from: { orphan: true, pathNot: ['^src/cli/main\\.ts$', '\\.d\\.ts$', '^web/src/main\\.tsx$', '^web/src/service-worker\\.ts$'] }, to: {} },
    ...Object.entries(MAY_USE).map(([floor, below]) => ({
      name: `floor-${floor}`,
      severity: 'error',
      from: { path: `^src/${floor}/` },
      to: { path: '^src/', pathNot: [`^src/(${[floor, ...below].join('|')})/`] },
    })),
    { name: 'no-drivers-above-the-ground', severity: 'error', from: { path: '^src/(services|http|study|notes|schema|errors)/' }, to: { path: '(^node:sqlite$|node_modules/pg/)' } },
    {
      name: 'ops-runs-no-move',
      severity: 'error',
      from: { path: '^src/ops/' },
      to: { path: '^src/move/run/' },
    },
    {
      name: 'knows-no-flashcards',
      severity: 'error',
      from: { path: '^src/(engine|revisions|move)/' },
      to: { path: '^src/(schema/flashcase[.]ts$|versions/)' },
    },
    // The rules of scheduling are pure, and the same with and without a connection: the page uses the server's own.
    {
      name: 'page-knows-only-the-api',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^src/', pathNot: '^src/(study/|notes/occlusion/(shapes|drawing)[.]ts$|schema/timestamp[.]ts$)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'], extensions: ['.ts', '.tsx', '.js', '.mjs', '.d.ts'] },
  },
};
