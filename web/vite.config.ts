import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { messageCatalogues } from './message-catalogues.ts';
import { shellList } from './shell-list.ts';

export default defineConfig({
  plugins: [react(), messageCatalogues(), shellList()],
  build: {
    // The page is served with a strict Content-Security-Policy: nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { index: 'index.html', 'service-worker': 'src/service-worker.ts' },
      output: {
        // A service worker is known by its address: that never changes.
        entryFileNames: ({ name }) => (name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  // `vite` alone, for work on the page: the API comes from a server started with its default settings.
  server: { proxy: { '/api': 'http://127.0.0.1:8000' } },
});
