import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './ui/tokens.css';
import './ui/base.css';
import './ui/controls.css';
import { App } from './app.tsx';
import { WorkerCore } from './core/worker-core.ts';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no root');
createRoot(root).render(
  <StrictMode>
    <App core={new WorkerCore()} />
  </StrictMode>,
);
