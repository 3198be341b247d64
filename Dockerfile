FROM node:20-bookworm-slim AS build
WORKDIR /relaxd
COPY . .
RUN npm ci --no-audit --no-fund && npm prune --omit=dev --omit=optional --ignore-scripts

FROM node:20-bookworm-slim
WORKDIR /relaxd
RUN mkdir /data && chown node:node /data
COPY --from=build /relaxd/package.json ./
COPY --from=build /relaxd/node_modules ./node_modules
COPY --from=build /relaxd/dist ./dist
USER node
EXPOSE 7070
CMD ["node", "dist/src/main.js", "serve", "--host", "0.0.0.0", "--data", "/data"]
