import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queries } from './api/query-client.ts';
import { App } from './app.tsx';
import { startLanguage } from './languages/language.ts';
import { keepShell } from './offline/shell.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/pages.css';
import './styles/occlusion.css';

const root = createRoot(document.getElementById('root') as HTMLElement);
// Not a top-level await: that would split the page's first script into many.
void startLanguage(() => import('./languages/from-server.ts')).then(() =>
  root.render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  ),
);

keepShell();
