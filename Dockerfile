# One image for all services: `node services/<name>/main.ts`. Node runs the TypeScript files as they are.

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Without install scripts: the only one that is wanted elsewhere fetches a Node, and this image has one.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force

# The pages of the console, for browsers. What they are made of is not needed afterwards.
FROM node:24-slim AS console
WORKDIR /app
COPY package.json package-lock.json tsconfig.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY services ./services
RUN node services/console/build.ts /app/console

FROM node:24-slim
# A young generation that may grow to 128 MB leaves no room in the heap of a small container, and V8 collects without end.
ENV NODE_ENV=production \
    NODE_OPTIONS=--max-semi-space-size=16 \
    HOST=0.0.0.0 \
    PORT=8080
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY schemas ./schemas
COPY libs ./libs
COPY services ./services
COPY --from=console /app/console ./console
# Folders that volumes are mounted on: a new named volume takes over their owner.
RUN mkdir /config /data && chown node:node /config /data
USER node
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s --retries=3 \
  CMD ["node", "services/cli/health-check.ts"]
CMD ["node", "services/cli/main.ts", "--help"]
