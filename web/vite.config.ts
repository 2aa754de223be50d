import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  build: {
    // The page is served with a strict Content-Security-Policy: nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // `vite` alone, for work on the page: the API comes from a server started with its default settings.
  server: { proxy: { '/api': 'http://127.0.0.1:8000' } },
});
