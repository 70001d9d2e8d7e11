import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../../src/ui/tokens.css';
import '../../src/ui/base.css';
import '../../src/ui/controls.css';
import { App } from '../../src/app.tsx';
import { FixtureCore, type Scene } from './fixture-core.ts';

const scene = (new URLSearchParams(window.location.search).get('scene') ?? 'clinic') as Scene;
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no root');
createRoot(root).render(
  <StrictMode>
    <App core={new FixtureCore(scene)} start={scene === 'outside' ? 'outside' : 'inside'} />
  </StrictMode>,
);
