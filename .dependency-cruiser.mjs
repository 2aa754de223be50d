// The floors of docs/map.md: a floor may use the floors below it, never one above, never sideways except as written here.
const ground = ['errors', 'schema', 'engine'];
const MAY_USE = {
  errors: [],
  schema: ['errors'],
  engine: ['schema', 'errors'],
  study: ['schema', 'errors'],
  db: [...ground, 'study'],
  versions: ['revisions', 'schema', 'errors'],
  revisions: [...ground, 'db', 'study', 'versions'],
  move: [...ground, 'db', 'revisions', 'versions'],
  ops: [...ground, 'db', 'study', 'revisions', 'versions', 'move'],
  services: ['schema', 'errors', 'db', 'study', 'revisions', 'move', 'ops'],
  http: ['schema', 'errors', 'db', 'services', 'ops', 'move', 'revisions'],
};

export default {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    { name: 'no-orphan-modules', severity: 'error', from: { orphan: true, pathNot: ['^src/cli/main\\.ts$', '\\.d\\.ts$', '^web/src/main\\.tsx$'] }, to: {} },
    ...Object.entries(MAY_USE).map(([floor, below]) => ({
      name: `floor-${floor}`,
      severity: 'error',
      from: { path: `^src/${floor}/` },
      to: { path: '^src/', pathNot: [`^src/(${[floor, ...below].join('|')})/`] },
    })),
    { name: 'no-drivers-above-the-ground', severity: 'error', from: { path: '^src/(services|http|study|schema|errors)/' }, to: { path: '(^node:sqlite$|node_modules/pg/)' } },
    { name: 'page-knows-only-the-api', severity: 'error', from: { path: '^web/' }, to: { path: '^src/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'], extensions: ['.ts', '.tsx', '.js', '.mjs', '.d.ts'] },
  },
};
