# The Node of package.json's runtime packages, so that a container runs what the tests ran on.
FROM node:26.10.0-slim AS base
WORKDIR /app
COPY package.json package-lock.json .npmrc ./

FROM base AS build
COPY web/package.json web/
COPY test/package.json test/
RUN npm ci --ignore-scripts
COPY . .
RUN node scripts/build.mjs

# Without the packages that carry Node for hosts that lack it; the optimiser is optional too, and stays.
FROM base AS modules
RUN npm ci --omit=dev --workspaces=false --ignore-scripts \
  && rm -rf node_modules/node-linux-* node_modules/node-bin-* node_modules/node-darwin-* node_modules/node-win-* node_modules/.bin/node

FROM node:26.10.0-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8000 DATABASE_URL=sqlite:////data/flashcase.db
# With the data in PostgreSQL backups would go to /app by default, where nothing can be written, and with a key the plain copy to the folder around them, which may be /.
ENV BACKUP_DIRECTORY=/data/flashcase.db.backups BACKUP_SCRATCH=/data
WORKDIR /app
COPY --from=modules /app/package.json ./
COPY --from=modules /app/node_modules node_modules
COPY --from=build /app/bin bin
COPY --from=build /app/dist dist
COPY --from=build /app/web/dist web/dist
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "bin/flashcase.mjs", "serve"]
