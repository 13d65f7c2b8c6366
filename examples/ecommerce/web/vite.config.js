import { defineConfig } from 'vite';

// On AWS one domain has both: the page, and the API behind the same paths. Here `vite` stands in for it.
const api = process.env.TESSERA_URL ?? 'http://127.0.0.1:4000';
const proxy = Object.fromEntries(['/cubejs-api', '/oauth'].map((path) => [path, { target: api, changeOrigin: false }]));

export default defineConfig({
  server: { host: '127.0.0.1', proxy },
  preview: { host: '127.0.0.1', proxy },
});
