import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The content security policy of the server forbids inline scripts, inline styles and data: fonts,
// so nothing is inlined. The worker is a module of its own.
export default defineConfig({
  plugins: [react()],
  base: './',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: 'es2023',
    chunkSizeWarningLimit: 1200,
  },
  worker: { format: 'es' },
});
